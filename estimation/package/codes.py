"""Problems of packages: codes, texts and fixes."""

from living_panel.problems import ProblemCode

NOT_PUBLISHED = ProblemCode(
    "LP-PACKAGE-001", "no table of {paper} is published", "run `make run`, then `make package`"
)
FACTS_FORM = ProblemCode(
    "LP-PACKAGE-002", "{reason}", "compare it with the keys and values in docs/packages.md"
)
FACT_MISSING = ProblemCode(
    "LP-PACKAGE-003",
    "the paper does not state {fact}",
    "write it as `{key}` in {file}; you may also omit it",
)
UNSTABLE = ProblemCode(
    "LP-PACKAGE-004",
    "the numbers of the table change if the rows of the data are in another order",
    "give every random draw a seed, and sort by a key without ties",
)
UNREADABLE = ProblemCode(
    "LP-PACKAGE-005",
    "the file cannot be read as a package: {reason}",
    "get an unchanged copy of the archive",
)
UNSAFE_NAME = ProblemCode(
    "LP-PACKAGE-006",
    "a file of this archive would be written outside its folder",
    "do not unpack this archive",
)
OTHER_BYTES = ProblemCode(
    "LP-PACKAGE-007",
    "the content of this file does not match CHECKSUMS",
    "get an unchanged copy of the archive",
)
NOT_LISTED = ProblemCode(
    "LP-PACKAGE-008", "CHECKSUMS does not list this file", "get an unchanged copy of the archive"
)
NOT_THERE = ProblemCode(
    "LP-PACKAGE-009",
    "CHECKSUMS lists this file, but it is missing",
    "get an unchanged copy of the archive",
)
OTHER_RESULT = ProblemCode(
    "LP-PACKAGE-011",
    "the result hash is {found}, but the package states {expected}",
    "compare versions of libraries, threads and seeds with those of the package",
)
OTHER_RENDERING = ProblemCode(
    "LP-PACKAGE-012",
    "the file has the same numbers, but other bytes",
    "compare the files in reproduced/ and results/",
)
OTHER_CODE = ProblemCode(
    "LP-PACKAGE-013",
    "this table was made by other code than the package would contain",
    "run `make run`, then `make package`",
)
_AGAIN = "get an unchanged copy of the archive"
ARCHIVE_LIMIT = ProblemCode(
    "LP-PACKAGE-014", "the archive has {found} {unit}, but a package has at most {limit}", _AGAIN
)
MEMBER_KIND = ProblemCode(
    "LP-PACKAGE-015", "the archive contains {kind}, but a package contains only plain files", _AGAIN
)
NAME_TWICE = ProblemCode("LP-PACKAGE-016", "the archive contains this name twice", _AGAIN)
NAME_FORM = ProblemCode(
    "LP-PACKAGE-017", "the archive contains {name}, which is not a valid file name", _AGAIN
)
SEVERAL_FOLDERS = ProblemCode(
    "LP-PACKAGE-018", "the archive contains {number} folders, but a package is one folder", _AGAIN
)
FILE_MISSING = ProblemCode("LP-PACKAGE-019", "this file of the package is missing", _AGAIN)
DESCRIPTION_FORM = ProblemCode(
    "LP-PACKAGE-020", "the file does not describe a package: {reason}", "run `make package` again"
)
CHECKSUMS_FORM = ProblemCode(
    "LP-PACKAGE-021", "this line is not a sha256 and a file name", "run `make package` again"
)
RESULT_UNREADABLE = ProblemCode(
    "LP-PACKAGE-022", "the file cannot be read as a result: {reason}", "run `make package` again"
)
UNKNOWN_TABLE = ProblemCode(
    "LP-PACKAGE-023",
    "package.json names this table, but the paper has no spec of it",
    "run `make package` again",
)
NOT_STATED = ProblemCode(
    "LP-PACKAGE-024",
    "the package has a spec or a result of this table, but package.json does not name it",
    "run `make package` again",
)
STATED_HASH = ProblemCode(
    "LP-PACKAGE-025",
    "the file contradicts the rest of the package: {found} instead of {expected}",
    "do not use this result: the package was changed after it was made",
)
OTHER_NUMBERS = ProblemCode(
    "LP-PACKAGE-026",
    "{number} cells differ from the cells estimated here; the first is {cell}: package {stated}, here {found}",
    "compare the cells of the report with results/",
)
OTHER_WORDS = ProblemCode(
    "LP-PACKAGE-027",
    "the file has the same numbers, but other words",
    "compare it with the file made here",
)
OTHER_FIGURE = ProblemCode(
    "LP-PACKAGE-028",
    "the bytes of this figure differ from those of the figure drawn here",
    "compare both figures",
)
OTHER_DATA = ProblemCode(
    "LP-PACKAGE-029",
    "the data differ from data made here from the package's own files",
    "compare it with papers/ and data/",
)
NOT_ESTIMATED = ProblemCode(
    "LP-PACKAGE-030",
    "this table could not be estimated here: {reason}",
    "correct the cause in the message",
)
CHECK_STOPPED = ProblemCode(
    "LP-PACKAGE-031",
    "the check was stopped: {reason}",
    "check the package on a machine with more memory or time, or do not trust the package",
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
    "read the message of uv, or give an environment with PYTHON=…",
)
RUN_STOPPED = ProblemCode(
    "LP-PACKAGE-035",
    "the program was stopped at its limit: {limit}",
    "run it on your own machine, if you trust it",
)
RUN_FAILED = ProblemCode(
    "LP-PACKAGE-036", "the program ended with exit code {code}", "read the last lines of its output"
)
RUN_OUTPUT = ProblemCode(
    "LP-PACKAGE-037",
    "the program's result cannot be used: {reason}",
    "read the last lines of its output",
)
OTHER_PROGRAM = ProblemCode(
    "LP-PACKAGE-038",
    "{number} code files of the package differ from those of this program; the first is {first}",
    "check the package with the version of the program that made it",
)
OTHER_OUTPUT = ProblemCode(
    "LP-PACKAGE-039",
    "{number} cells that the package's program wrote differ from results/; the first is {cell}: "
    "results {stated}, program {found}",
    "read the package's program: it does not produce its results",
)
NOT_REMADE = ProblemCode(
    "LP-PACKAGE-040",
    "this is not the file that the program makes from the package: {difference}",
    "do not rely on this file: it was changed or added after the package was made",
)
ABSOLUTE_PATH = ProblemCode(
    "LP-SCAN-001",
    "the code contains an absolute path: {path}",
    "write the path relative to the package",
)
NO_SEED = ProblemCode(
    "LP-SCAN-002",
    "{call} draws random numbers without a seed",
    "give it a seed, such as default_rng(1)",
)
TIES = ProblemCode(
    "LP-SCAN-003",
    "{number} rows have the same {key}, so sorting by it leaves ties",
    "add a column that makes each row unique",
)
DUPLICATE = ProblemCode(
    "LP-SCAN-004", "the file has the same bytes as {other}", "keep only one of them"
)
EMPTY = ProblemCode("LP-SCAN-005", "the file is empty", "remove it, or write its content")
HUGE = ProblemCode(
    "LP-SCAN-006",
    "the file has {megabytes} MB",
    "archive it elsewhere, and write the address of the archive in the README",
)
PERSONAL = ProblemCode(
    "LP-SCAN-007",
    "the file may contain personal data: {found}",
    "remove them, or state that they may be published",
)
NO_MAIN_FILE = ProblemCode("LP-SCAN-008", "the package has no main file", "add main.py")
PYTHON_FORM = ProblemCode(
    "LP-SCAN-009", "this is not valid Python: {reason}", "correct or remove the file"
)
TABLE_FORM = ProblemCode(
    "LP-SCAN-010", "this is not a CSV file in UTF-8: {reason}", "write the file again"
)
METADATA = ProblemCode("LP-METADATA-001", "{reason}", "run `make package` again")
REFERENCE_FORM = ProblemCode(
    "LP-MANUSCRIPT-001",
    "the reference {key!r} does not have the form table:model:term:quantity or table:model:statistic",
    "write it in one of these forms",
)
REFERENCE_UNKNOWN = ProblemCode(
    "LP-MANUSCRIPT-002", "{key}: the stored results have no {name!r}", "write {choices:or}"
)
REFERENCE_AMBIGUOUS = ProblemCode(
    "LP-MANUSCRIPT-003",
    "{key} has several values, one for each inference",
    "add @ and one of {choices}",
)
DRIFTED = ProblemCode(
    "LP-MANUSCRIPT-004",
    "{key}: the text says {printed}, the stored value is {stored}",
    "correct the text, or run `make docs` for the README",
)
NO_TEXT = ProblemCode(
    "LP-MANUSCRIPT-006",
    "the file cannot be read: {reason}",
    "name a Markdown, Quarto or LaTeX file",
)
UNBOUND = ProblemCode(
    "LP-MANUSCRIPT-005",
    "the number {number} has no reference to a stored value",
    "write a reference, or {{{{text={number}}}}} if it is not a result",
)
NO_MANUSCRIPT = ProblemCode(
    "LP-MANUSCRIPT-007",
    "the file does not exist",
    "correct the path",
)
