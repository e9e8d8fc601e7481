"""Problems of the files of a printed paper: codes, texts and fixes."""

from ingestion.problems import ProblemCode

PAPER = ProblemCode("LP-PAPER-000", "{text}")
SOURCE_INCOMPLETE = ProblemCode("LP-PAPER-001", "no {missing}", "docs/papers.md, 'Data of its own'")
EDITION_NO_YEAR = ProblemCode(
    "LP-PAPER-002", "{value!r} is no whole number", "write the year of the edition"
)
PACKAGE_FORM = ProblemCode("LP-PAPER-003", "data: {problem}", "docs/papers.md, 'Data of its own'")
PACKAGE_UNKNOWN = ProblemCode(
    "LP-PAPER-004", "{package!r} is no package with data sets", "one of {known}"
)
PACKAGE_MISSING = ProblemCode(
    "LP-PAPER-005", "{package} is not installed", "add it to pyproject.toml and `make lock`"
)
DATASET_UNKNOWN = ProblemCode(
    "LP-PAPER-006", "{package} has no data set {dataset!r}", "write a name that the package lists"
)
PACKAGE_COLUMN = ProblemCode(
    "LP-PAPER-007", "no column {missing} in the data set", "one of {known}"
)
PACKAGE_CHANGED = ProblemCode(
    "LP-PAPER-008",
    "the data set has sha256 {found}, frozen is {frozen}",
    "compare the versions of the package, then `make checksums PAPER=…`",
)
SOURCE_STATUS = ProblemCode(
    "LP-PAPER-009", "status: {value!r} is no kind of data", "one of {known}"
)
DATA_MISSING = ProblemCode("LP-PAPER-010", "no such data file", "write the path of a file")
DATA_KIND = ProblemCode("LP-PAPER-011", "{suffix!r} is no kind of data file", "one of {known}")
DATA_UNREADABLE = ProblemCode(
    "LP-PAPER-012", "cannot be read: {problem}", "open it with the program that wrote it"
)
DATA_NO_NUMBERS = ProblemCode(
    "LP-PAPER-013", "fewer than two columns of numbers among {columns}", "a file with measures"
)
UNKNOWN_OURS = ProblemCode("LP-PAPER-014", "{name!r} is no {what} of {table}", "one of {known}")
