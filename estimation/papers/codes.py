"""Problems of the files of a printed paper: codes, texts and fixes."""

from living_panel.problems import ProblemCode

PAPER = ProblemCode("LP-PAPER-000", "{text}")
SOURCE_INCOMPLETE = ProblemCode(
    "LP-PAPER-001", "no {missing}", "write it as docs/papers.md, 'Data of its own', says"
)
EDITION_NO_YEAR = ProblemCode(
    "LP-PAPER-002", "{value!r} is no whole number", "write the year of the edition"
)
PACKAGE_UNKNOWN = ProblemCode(
    "LP-PAPER-004", "{package!r} is not a package with data sets", "write one of {known}"
)
PACKAGE_MISSING = ProblemCode(
    "LP-PAPER-005", "{package} is not installed", "add it to pyproject.toml, then run `make lock`"
)
DATASET_UNKNOWN = ProblemCode(
    "LP-PAPER-006", "{package} has no data set {dataset!r}", "write a name that the package lists"
)
PACKAGE_COLUMN = ProblemCode(
    "LP-PAPER-007", "no column {missing} in the data set", "write one of {known}"
)
PACKAGE_CHANGED = ProblemCode(
    "LP-PAPER-008",
    "the data set has sha256 {found}, frozen is {frozen}",
    "compare the versions of the package, then `make checksums PAPER=…`",
)
SOURCE_STATUS = ProblemCode(
    "LP-PAPER-009", "{value!r} is not a kind of data", "write one of {known}"
)
DATA_MISSING = ProblemCode(
    "LP-PAPER-010", "no such data file", "write the path of an existing file"
)
DATA_KIND = ProblemCode(
    "LP-PAPER-011", "{suffix!r} is not a supported data format", "name a file of one of {known}"
)
DATA_UNREADABLE = ProblemCode(
    "LP-PAPER-012",
    "cannot be read: {problem}",
    "open it with the program that wrote it, and save it again",
)
DATA_NO_NUMBERS = ProblemCode(
    "LP-PAPER-013",
    "fewer than two columns of numbers among {columns}",
    "name a file with two or more columns of numbers",
)
FREQUENCY = ProblemCode(
    "LP-PAPER-016", "{value!r} is no frequency of periods", "write one of {known}"
)
UNKNOWN_OURS = ProblemCode("LP-PAPER-014", "{name!r} is no {what} of {table}", "write {choices:or}")
UNKNOWN_PRINTED = ProblemCode(
    "LP-PAPER-017", "{name!r} is no printed {what} of the paper", "write {choices:or}"
)
RAW_RECEIPTS = ProblemCode(
    "LP-RAW-001",
    "cannot be read as receipts: {reason}",
    "write them anew: `make receipt FILE=…` for each raw file",
)
RAW_WITHOUT_RECEIPT = ProblemCode(
    "LP-RAW-002", "has no receipt", "write one: `make receipt FILE=…`"
)
RAW_MISSING = ProblemCode(
    "LP-RAW-003", "has a receipt and is not there", "get it from {url} (sha256 {sha256})"
)
RAW_CHANGED = ProblemCode(
    "LP-RAW-004",
    "has sha256 {found}…, its receipt says {expected}…",
    "restore the file; or run `make receipt FILE=…`, which writes its receipt anew",
)
PREPARE_SQL = ProblemCode(
    "LP-RAW-005",
    "DuckDB refuses the SQL: {reason}",
    "correct the SQL; each raw file is a table with the file's name before the dot",
)
PREPARE_COLUMNS = ProblemCode(
    "LP-RAW-006",
    "the result has no column {missing}",
    "select unit, year and the measures, one row for each unit and year",
)
FILES_MISSING = ProblemCode(
    "LP-FILE-011",
    "missing",
    "write it as docs/papers.md, 'Data of its own', says",
)
WRONG_CELL = ProblemCode(
    "LP-FILE-012",
    "{what}",
    "write a header, and as many cells in each line as the header has",
)
NO_COLUMN = ProblemCode(
    "LP-FILE-013",
    "no column {missing}",
    "write a header that names {needed}",
)
MEASURES_DIFFER = ProblemCode(
    "LP-FILE-014",
    "panel.csv and measures.csv differ in {odd}",
    "write one row of measures.csv for each column of panel.csv",
)
NOT_CSV = ProblemCode(
    "LP-FILE-015",
    "{what}",
    "{remedy}",
)
NO_CHECKSUMS = ProblemCode(
    "LP-PAPER-018",
    "the list of checksums is missing",
    "write it with `make checksums PAPER={name}`",
)
CHECKSUMS_DIFFER = ProblemCode(
    "LP-PAPER-019",
    "files and list differ: {odd}",
    "proof-read the files, then run `make checksums PAPER=…`",
)
PRINTED_FILE_CHANGED = ProblemCode(
    "LP-PAPER-020",
    "sha256 {found}… but {name} says {digest}…",
    "proof-read the change against the paper, then run `make checksums PAPER=…`",
)
PRINTED_TABLE_MISSING = ProblemCode(
    "LP-PAPER-021",
    "missing, but {paper_file} lists table {number}",
    "add the file, or remove the table from {paper_file}",
)
TEXT_AND_PARTS_DIFFER = ProblemCode(
    "LP-PAPER-022",
    "{place}: text '{text}' but its parts give '{parts}{brackets}'",
    "correct the text or its parts",
)
UNKNOWN_TABLE_OF_CLAIM = ProblemCode(
    "LP-PAPER-023",
    "claim {id}: table '{table}' is not in {paper_file}",
    "write one of {tables}",
)
WRONG_VALUES_OF_CLAIM = ProblemCode(
    "LP-PAPER-024",
    "claim {id}: values '{values}'",
    "write the {quoted} number{plural} that a {kind} quotes, as printed",
)
NO_TABLE = ProblemCode(
    "LP-PAPER-025",
    "{paper}: no table {number!r}",
    "write one of {tables}",
)
NOT_PRINTED = ProblemCode(
    "LP-SPEC-058",
    "{number}: {odd!r} is not printed",
    "write one of {known}",
)
SLOPE_NOT_PRINTED = ProblemCode(
    "LP-SPEC-059",
    "'{asks}': no {term} is printed in column {model} of table {table}",
    "name a slope that is printed in this column",
)
NO_PRINTED_NUMBER = ProblemCode(
    "LP-FILE-016",
    "{place}: no number is printed ('{text}')",
    "name a cell with a number, or correct this cell in the CSV file of the table",
)
NO_COLUMNS = ProblemCode(
    "LP-PAPER-026",
    "columns {found}",
    "begin with {forms}",
)
NUMBER_OF_CELLS = ProblemCode(
    "LP-PAPER-027",
    "not {n_forms} cells",
    "write one cell for each column, and quote a text that has commas",
)
WRONG_ENTRY = ProblemCode(
    "LP-PAPER-028",
    "{name}: {row!r} is not {words}",
    "mend the cell",
)
IN_TWO_REGIONS = ProblemCode(
    "LP-SPEC-060",
    "{twice} in two regions of one scheme",
    "leave it in one of them",
)
UNKNOWN_GROUP_TABLE = ProblemCode(
    "LP-SPEC-061",
    "table {number} is by groups of table {table}: not there",
    "write the number of a table of this paper",
)
NOT_FROM_R = ProblemCode(
    "LP-PAPER-029", "not a file that R saved ({reason})", "save it with saveRDS()"
)
STILL_PLACEHOLDER = ProblemCode(
    "LP-PAPER-031",
    "{value!r} stands where a new paper has its {what}",
    "write the {what}; a paper is published with its own",
)
NO_DATA_FRAME = ProblemCode(
    "LP-PAPER-030", "it holds a {kind}, and no data frame", "save a data frame with saveRDS()"
)
CHANGED_CHOICES = ProblemCode(
    "LP-SPEC-068",
    "'{asks}': version {version} has other choices ({found})",
    "add to its versions: {{version: {next}, choices: {found}, says: why the list changed}}",
)
