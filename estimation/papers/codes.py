"""Problems of the files of a printed paper: codes, texts and fixes."""

from living_panel.problems import ProblemCode

PAPER = ProblemCode("LP-PAPER-000", "{text}")
PACKAGE_UNKNOWN = ProblemCode(
    "LP-PAPER-004", "{package!r} is not a known package of data sets", "write one of {known}"
)
PACKAGE_MISSING = ProblemCode(
    "LP-PAPER-005", "{package} is not installed", "add it to pyproject.toml, then run `make lock`"
)
DATASET_UNKNOWN = ProblemCode(
    "LP-PAPER-006", "{package} has no data set {dataset!r}", "write a name that the package lists"
)
PACKAGE_COLUMN = ProblemCode(
    "LP-PAPER-007", "the data set has no column {missing}", "write one of {known}"
)
PACKAGE_CHANGED = ProblemCode(
    "LP-PAPER-008",
    "the data set has sha256 {found}, but the paper states {frozen}",
    "compare the versions of the package, then run `make checksums PAPER=…`",
)
DATA_MISSING = ProblemCode(
    "LP-PAPER-010", "the data file does not exist", "write the path of an existing file"
)
DATA_KIND = ProblemCode(
    "LP-PAPER-011",
    "{suffix!r} is not a supported data format",
    "name a file that ends with one of {known}",
)
DATA_UNREADABLE = ProblemCode(
    "LP-PAPER-012",
    "the file cannot be read: {problem}",
    "open it in the program that wrote it, and save it again",
)
DATA_NO_NUMBERS = ProblemCode(
    "LP-PAPER-013",
    "the file has fewer than two columns of numbers among {columns}",
    "name a file with two or more such columns",
)
FREQUENCY = ProblemCode(
    "LP-PAPER-016", "{value!r} is not a known frequency of periods", "write one of {known}"
)
UNKNOWN_OURS = ProblemCode(
    "LP-PAPER-014", "{table} has no {what} named {name!r}", "write {choices:or}"
)
UNKNOWN_PRINTED = ProblemCode(
    "LP-PAPER-017", "the paper prints no {what} {name!r}", "write {choices:or}"
)
RAW_RECEIPTS = ProblemCode(
    "LP-RAW-001",
    "the receipts of the raw files cannot be read: {reason}",
    "write them again: run `make receipt FILE=…` for each raw file",
)
RAW_WITHOUT_RECEIPT = ProblemCode(
    "LP-RAW-002", "the raw file has no receipt", "write its receipt: `make receipt FILE=…`"
)
RAW_MISSING = ProblemCode(
    "LP-RAW-003", "a raw file with a receipt is missing", "download it from {url} (sha256 {sha256})"
)
RAW_CHANGED = ProblemCode(
    "LP-RAW-004",
    "the file has sha256 {found}…, but its receipt says {expected}…",
    "restore the file; or write its receipt again with `make receipt FILE=…`",
)
PREPARE_SQL = ProblemCode(
    "LP-RAW-005",
    "DuckDB rejects the SQL: {reason}",
    "correct the SQL; each raw file is a table, named like the file without its ending",
)
PREPARE_COLUMNS = ProblemCode(
    "LP-RAW-006",
    "the result has no column {missing}",
    "select unit, year and the measures, one row for each unit and year",
)
FILES_MISSING = ProblemCode(
    "LP-FILE-011",
    "the file is missing",
    "write it as described in docs/papers.md, 'Data of its own'",
)
WRONG_CELL = ProblemCode(
    "LP-FILE-012",
    "{what}",
    "write a header line, and in each line as many cells as in the header",
)
NO_COLUMN = ProblemCode(
    "LP-FILE-013",
    "the file has no column {missing}",
    "write a header that names {needed}",
)
MEASURES_DIFFER = ProblemCode(
    "LP-FILE-014",
    "panel.csv and measures.csv do not list the same columns: {odd}",
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
    "the files differ from the list of checksums: {odd}",
    "proof-read the files, then run `make checksums PAPER=…`",
)
PRINTED_FILE_CHANGED = ProblemCode(
    "LP-PAPER-020",
    "the file has sha256 {found}…, but {name} says {digest}…",
    "proof-read the change against the paper, then run `make checksums PAPER=…`",
)
PRINTED_TABLE_MISSING = ProblemCode(
    "LP-PAPER-021",
    "the file is missing, but {paper_file} lists table {number}",
    "add the file, or remove the table from {paper_file}",
)
TEXT_AND_PARTS_DIFFER = ProblemCode(
    "LP-PAPER-022",
    "{place}: the text is '{text}', but its parts give '{parts}{brackets}'",
    "correct the text or its parts",
)
UNKNOWN_TABLE_OF_CLAIM = ProblemCode(
    "LP-PAPER-023",
    "claim {id}: {paper_file} does not list table '{table}'",
    "write one of {tables}",
)
WRONG_VALUES_OF_CLAIM = ProblemCode(
    "LP-PAPER-024",
    "claim {id}: the values are '{values}'",
    "write the {quoted} number{plural} that a {kind} quotes, as printed in the paper",
)
NO_TABLE = ProblemCode(
    "LP-PAPER-025",
    "{paper} has no table {number!r}",
    "write one of {tables}",
)
NOT_PRINTED = ProblemCode(
    "LP-SPEC-058",
    "{number}: the paper prints no {odd!r}",
    "write one of {known}",
)
SLOPE_NOT_PRINTED = ProblemCode(
    "LP-SPEC-059",
    "'{claim}': column {model} of table {table} prints no {term}",
    "name a slope that the paper prints in this column",
)
NO_PRINTED_NUMBER = ProblemCode(
    "LP-FILE-016",
    "{place}: this cell prints no number ('{text}')",
    "name a cell with a number, or correct this cell in the CSV file of the table",
)
NO_COLUMNS = ProblemCode(
    "LP-PAPER-026",
    "the header differs from the expected columns; it has {found}",
    "write exactly this header: {forms}",
)
NUMBER_OF_CELLS = ProblemCode(
    "LP-PAPER-027",
    "the line does not have {n_forms} cells",
    "write one cell for each column, and put text with commas in quotes",
)
WRONG_ENTRY = ProblemCode(
    "LP-PAPER-028",
    "{name}: {row!r} is not {words}",
    "correct this cell",
)
IN_TWO_REGIONS = ProblemCode(
    "LP-SPEC-060",
    "one scheme has {twice} in two regions",
    "keep it in one of them",
)
UNKNOWN_GROUP_TABLE = ProblemCode(
    "LP-SPEC-061",
    "table {number} splits table {table} into groups, but the paper has no table {table}",
    "write the number of a table of this paper",
)
NOT_FROM_R = ProblemCode(
    "LP-PAPER-029", "the file was not saved by R ({reason})", "save it with saveRDS()"
)
STILL_PLACEHOLDER = ProblemCode(
    "LP-PAPER-031",
    "{value!r} is still the example text for the {what}",
    "replace it by the {what} of your paper before you publish",
)
NO_DATA_FRAME = ProblemCode(
    "LP-PAPER-030",
    "the file contains a {kind}, not a data frame",
    "save a data frame with saveRDS()",
)
CHANGED_CHOICES = ProblemCode(
    "LP-SPEC-068",
    "finding '{claim}': its choices are no longer those of version {version}; their hash is now {found}",
    "add to its versions: {{version: {next}, choices: {found}, says: why the list changed}}",
)
FINDING_TWICE = ProblemCode(
    "LP-SPEC-077", "two findings have the id {id!r}", "give each finding an id of its own"
)
FORMER_FINDINGS = ProblemCode(
    "LP-SPEC-079",
    "{name} is a file of a former version: a paper declares its findings in findings.yml",
    "run `make migrate PAPER={paper}`",
)
FORMER_FORMAT = ProblemCode(
    "LP-SPEC-080",
    "the paper has format {value}; version {version} is the last that reads it",
    "install version {version} and run its `migrate`, then run `migrate` of this version",
)
RULE_UNFIT = ProblemCode(
    "LP-SPEC-078",
    "finding '{claim}': the rule `{rule}` cannot be judged {how}",
    "add `printed`, or `bound` with its `reason`; a rule of `within` has no `choices`",
)
