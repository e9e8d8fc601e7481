"""Problems of packages: codes, texts and fixes."""

from living_panel.problems import ProblemCode

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
_AGAIN = "get the archive again, as it was made"
ARCHIVE_LIMIT = ProblemCode(
    "LP-PACKAGE-014", "has {found} {unit}; a package has at most {limit}", _AGAIN
)
MEMBER_KIND = ProblemCode(
    "LP-PACKAGE-015", "the archive holds {kind}; a package holds plain files", _AGAIN
)
NAME_TWICE = ProblemCode("LP-PACKAGE-016", "the archive holds this name twice", _AGAIN)
NAME_FORM = ProblemCode(
    "LP-PACKAGE-017", "the archive holds a name that is no file name: {name}", _AGAIN
)
SEVERAL_FOLDERS = ProblemCode(
    "LP-PACKAGE-018", "the archive holds {number} folders; a package is one", _AGAIN
)
FILE_MISSING = ProblemCode("LP-PACKAGE-019", "a package needs this file", _AGAIN)
DESCRIPTION_FORM = ProblemCode(
    "LP-PACKAGE-020", "is no description of a package: {reason}", "run `make package` again"
)
CHECKSUMS_FORM = ProblemCode(
    "LP-PACKAGE-021", "is no line of sha256 and name", "run `make package` again"
)
RESULT_UNREADABLE = ProblemCode(
    "LP-PACKAGE-022", "cannot be read as a result: {reason}", "run `make package` again"
)
UNKNOWN_TABLE = ProblemCode(
    "LP-PACKAGE-023",
    "package.json names this table, and no spec of the paper does",
    "run `make package` again",
)
NOT_STATED = ProblemCode(
    "LP-PACKAGE-024",
    "the package holds a spec or a result of this table, and package.json does not name it",
    "run `make package` again",
)
STATED_HASH = ProblemCode(
    "LP-PACKAGE-025",
    "contradicts the rest of the package: {found} in place of {expected}",
    "do not use this result: the package was changed after it was made",
)
OTHER_NUMBERS = ProblemCode(
    "LP-PACKAGE-026",
    "{number} cells differ from those estimated here; the first is {cell}: stated {stated}, found {found}",
    "compare the cells of the report with results/",
)
OTHER_WORDS = ProblemCode(
    "LP-PACKAGE-027", "the same numbers in other words", "compare it with the file made here"
)
OTHER_FIGURE = ProblemCode(
    "LP-PACKAGE-028", "the figure has other bytes than the one drawn here", "compare both figures"
)
OTHER_DATA = ProblemCode(
    "LP-PACKAGE-029",
    "differs from the data made here from the package's own files",
    "compare it with papers/ and data/",
)
NOT_ESTIMATED = ProblemCode(
    "LP-PACKAGE-030", "could not be estimated here: {reason}", "correct what the reason names"
)
CHECK_STOPPED = ProblemCode(
    "LP-PACKAGE-031",
    "the check was stopped: {reason}",
    "check it on a machine with more memory or time, or do not trust it",
)
NO_SANDBOX = ProblemCode(
    "LP-PACKAGE-032",
    "RUN=yes needs bubblewrap, which does not work here: {reason}",
    "install bubblewrap (Debian: apt-get install bubblewrap), or check without RUN=yes",
)
LOCK_FORM = ProblemCode(
    "LP-PACKAGE-033",
    "this requirement is not pinned with hashes",
    "write name==version with --hash=sha256:…, and no option",
)
NOT_INSTALLED = ProblemCode(
    "LP-PACKAGE-034",
    "the packages could not be installed from wheels: {reason}",
    "read the message of uv, or name an environment with PYTHON=…",
)
RUN_STOPPED = ProblemCode(
    "LP-PACKAGE-035",
    "the program was stopped at its limit of {limit}",
    "run it on a machine of your own, if you trust it",
)
RUN_FAILED = ProblemCode(
    "LP-PACKAGE-036", "the program ended with code {code}", "read the last lines of its output"
)
RUN_OUTPUT = ProblemCode(
    "LP-PACKAGE-037",
    "the program's result cannot be used: {reason}",
    "read the last lines of its output",
)
OTHER_PROGRAM = ProblemCode(
    "LP-PACKAGE-038",
    "holds {number} files of code that differ from the checker's; the first is {first}",
    "check it with the version of the program that made it",
)
OTHER_OUTPUT = ProblemCode(
    "LP-PACKAGE-039",
    "{number} cells of the program's own output differ from results/; the first is {cell}: "
    "stated {stated}, found {found}",
    "read the package's program: it does not make its results",
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
PYTHON_FORM = ProblemCode(
    "LP-SCAN-009", "this is not valid Python: {reason}", "correct or remove the file"
)
TABLE_FORM = ProblemCode(
    "LP-SCAN-010", "this is not a CSV file in UTF-8: {reason}", "write the file again"
)
METADATA = ProblemCode("LP-METADATA-001", "{reason}", "run `make package` again")
REFERENCE_FORM = ProblemCode(
    "LP-MANUSCRIPT-001",
    "the reference {key!r} has another form than table:model:term:quantity or table:model:statistic",
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
