"""Problems of packages: codes, texts and fixes."""

from ingestion.problems import ProblemCode

NOT_PUBLISHED = ProblemCode(
    "LP-PACKAGE-001", "no table of {paper} is published", "run `make run`, then `make package`"
)
FACTS_FORM = ProblemCode(
    "LP-PACKAGE-002", "{reason}", "compare it with the keys and values in docs/packages.md"
)
FACT_MISSING = ProblemCode(
    "LP-PACKAGE-003", "{fact} is not stated", "state it as `{key}` in {file}, or leave it open"
)
UNSTABLE = ProblemCode(
    "LP-PACKAGE-004",
    "another result hash when estimated again with shuffled rows",
    "give every draw a seed, and sort by a key without ties",
)
UNREADABLE = ProblemCode(
    "LP-PACKAGE-005",
    "cannot be read as a package: {reason}",
    "get the archive again, as it was made",
)
UNSAFE_NAME = ProblemCode(
    "LP-PACKAGE-006", "holds a file that would be written elsewhere", "do not unpack this archive"
)
OTHER_BYTES = ProblemCode(
    "LP-PACKAGE-007",
    "its bytes are not those of CHECKSUMS",
    "get the archive again, as it was made",
)
NOT_LISTED = ProblemCode(
    "LP-PACKAGE-008", "is not listed in CHECKSUMS", "get the archive again, as it was made"
)
NOT_THERE = ProblemCode(
    "LP-PACKAGE-009",
    "is listed in CHECKSUMS and not there",
    "get the archive again, as it was made",
)
NO_RUN = ProblemCode(
    "LP-PACKAGE-010",
    "the main file ended with code {code} and left no record",
    "read the last lines that main.py printed, and correct the cause",
)
OTHER_RESULT = ProblemCode(
    "LP-PACKAGE-011",
    "result hash {found}, the package has {expected}",
    "compare versions of libraries, threads and seeds with those of the package",
)
OTHER_RENDERING = ProblemCode(
    "LP-PACKAGE-012",
    "the same numbers, other bytes",
    "compare the file in reproduced/ with the one in results/",
)
OTHER_CODE = ProblemCode(
    "LP-PACKAGE-013",
    "was made by other code than the package would hold",
    "run `make run`, then `make package`",
)
ABSOLUTE_PATH = ProblemCode(
    "LP-SCAN-001", "an absolute path: {path}", "write it relative to the package"
)
NO_SEED = ProblemCode(
    "LP-SCAN-002", "{call} draws without a seed", "give it a seed, such as default_rng(1)"
)
TIES = ProblemCode(
    "LP-SCAN-003",
    "{number} rows have the same {key}, so that a sort by it has ties",
    "add a column that makes rows unique",
)
DUPLICATE = ProblemCode("LP-SCAN-004", "has the same bytes as {other}", "keep one of them")
EMPTY = ProblemCode("LP-SCAN-005", "is empty", "remove it, or write what belongs there")
HUGE = ProblemCode(
    "LP-SCAN-006", "has {megabytes} MB", "archive it elsewhere, and write its address in the README"
)
PERSONAL = ProblemCode(
    "LP-SCAN-007", "may hold personal data: {found}", "remove it, or state that it may be published"
)
NO_MAIN_FILE = ProblemCode("LP-SCAN-008", "there is no main file", "add main.py")
METADATA = ProblemCode("LP-METADATA-001", "{reason}", "run `make package` again")
REFERENCE_FORM = ProblemCode(
    "LP-MANUSCRIPT-001",
    "the reference {key!r} is no table:model:term:quantity and no table:model:statistic",
    "write table:model:term:quantity or table:model:statistic",
)
REFERENCE_UNKNOWN = ProblemCode(
    "LP-MANUSCRIPT-002", "{key}: no stored value has {name!r}", "write {choices:or}"
)
REFERENCE_AMBIGUOUS = ProblemCode(
    "LP-MANUSCRIPT-003", "{key} differs by inference", "add @ and one of {choices}"
)
DRIFTED = ProblemCode(
    "LP-MANUSCRIPT-004",
    "{key}: the text says {printed}, the stored value is {stored}",
    "correct the text, or run `make docs` for the README",
)
NO_TEXT = ProblemCode(
    "LP-MANUSCRIPT-006", "cannot be read: {reason}", "name a Markdown, Quarto or LaTeX file"
)
UNBOUND = ProblemCode(
    "LP-MANUSCRIPT-005",
    "{number} is bound to no stored value",
    "write a reference, or {{{{text={number}}}}} where it is no result",
)
NO_MANUSCRIPT = ProblemCode(
    "LP-MANUSCRIPT-007",
    "no such file",
    "correct the path",
)
