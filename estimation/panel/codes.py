"""Problems of specs, samples and releases: codes, texts and fixes."""

from living_panel.problems import ProblemCode

TABLE = ProblemCode("LP-TABLE-000", "{text}")
SPEC = ProblemCode("LP-SPEC-000", "{text}")
NOT_YAML = ProblemCode("LP-SPEC-001", "the file is not valid YAML ({reason})", "{action}")
BEYOND_LIMIT = ProblemCode("LP-SPEC-002", "{reason}", "{action}")
KEY_TWICE = ProblemCode("LP-SPEC-003", "{key} is written twice", "keep it once")
UNKNOWN_KEY = ProblemCode(
    "LP-SPEC-004", "this key is unknown", "write {choices:or}, or remove the key"
)
MISSING_KEY = ProblemCode(
    "LP-SPEC-005", "this required key is missing", "write the key `{key}`: {meaning}"
)
NOT_ALLOWED = ProblemCode("LP-SPEC-006", "{value!r} is not one of {allowed}", "write {choice}")
WRONG_VALUE = ProblemCode("LP-SPEC-007", "{reason} (found {value!r})", "correct this value")
NOT_TEXT = ProblemCode("LP-SPEC-008", "{reason} (found {value!r})", 'write it in quotes: "{value}"')
NO_MAPPING = ProblemCode(
    "LP-SPEC-009", "the file is not a mapping of keys to values", "begin it with table: and kind:"
)
FILE_NAME = ProblemCode(
    "LP-SPEC-010",
    "the file is named {file}, which differs from its table",
    "name the file {table}.yml",
)
NO_LIST_OF_ROLES = ProblemCode(
    "LP-SPEC-011", "a list of roles is expected", "write a list, or [] for no role"
)
UNDECLARED_ROLE = ProblemCode(
    "LP-SPEC-012", "{file} declares no role {role!r}", "write {choices:or}"
)
UNKNOWN_ROLE = ProblemCode(
    "LP-SPEC-013", "this table has no variable {role!r}", "write {choices:or}"
)
ROLE_TWICE = ProblemCode("LP-SPEC-014", "{role!r} is already in this regression", "remove it")
FILLED_WITHOUT_EFFECT = ProblemCode(
    "LP-SPEC-015",
    "this table does not use {role!r}, so filling its gaps would have no effect",
    "write {choices:or}",
)
TOO_MANY_DRAWS = ProblemCode("LP-SPEC-016", "{value} is more than {most}", "write at most {most}")
ID_TWICE = ProblemCode("LP-SPEC-017", "id {id!r} is already used", "write another id")
OTHER_PAPER = ProblemCode(
    "LP-SPEC-018", "{value!r} is not the paper of this folder", "write {paper!r}"
)
NEWER_FORMAT = ProblemCode(
    "LP-SPEC-075",
    "this program reads formats 1 to {most}, not format {value!r}",
    "write a known format, or install a later version of the program",
)
NOT_DECLARED = ProblemCode(
    "LP-SPEC-074", "the paper declares no printed column {value!r}", "write {choices:or}"
)
NO_PRINTED_TABLE = ProblemCode(
    "LP-SPEC-019", "{file} lists no printed table {value!r}", "write {choices:or}"
)
TABLE_TWICE = ProblemCode(
    "LP-SPEC-020",
    "paper {other!r} already has a table {table!r}",
    "begin the name with the name of its paper: {paper}_{table}",
)
INCOMPLETE_KIND = ProblemCode(
    "LP-SPEC-032",
    "the module of table kind {kind!r} has no {missing}",
    "write {missing} as described in estimation/tables/kinds/__init__.py",
)
UNKNOWN_KIND = ProblemCode(
    "LP-SPEC-021", "the table kind {kind!r} is unknown", "write one of {known}"
)
YEARS_REVERSED = ProblemCode(
    "LP-SPEC-022", "last_year {last} is before first_year {first}", "exchange the two years"
)
OTHER_FREQUENCY = ProblemCode(
    "LP-SPEC-033",
    "{value} does not fit the paper's frequency, {frequency}",
    "write it as {form}, or change frequency in the sample of paper.yml",
)
YEARS_WITHOUT_METHOD = ProblemCode(
    "LP-SPEC-023",
    "with interpolation 'none' there are no years to fill",
    "write a method of interpolation, or remove the years",
)
METHOD_WITHOUT_YEARS = ProblemCode(
    "LP-SPEC-024",
    "interpolation {method!r} needs the years to fill, for each variable",
    "write them under `years`",
)
NO_SPEC = ProblemCode(
    "LP-SPEC-026",
    "the file does not exist",
    "write {choices:or}, or a path as {papers}/<paper>/specs/<table>.yml",
)
NO_PAPER = ProblemCode(
    "LP-SPEC-027",
    "there is no paper of this name",
    "write {choices:or}, or run `make new-paper NAME=…`",
)
UNKNOWN_MEASURE = ProblemCode(
    "LP-SPEC-025", "the release has no measure {measure!r}", "write {choices:or}"
)
WHERE_FORM = ProblemCode(
    "LP-SPEC-030",
    "where: {expression!r} is not a condition on rows",
    "write comparisons of names and numbers, joined by and, or, not: gdp > 100 and year != 2003",
)
WHERE_NAME = ProblemCode(
    "LP-SPEC-031",
    "where: {expression!r} uses {unknown}, which is not a variable of this table",
    "write one of {known}",
)
WHERE_SIZE = ProblemCode(
    "LP-WHERE-001",
    "where: the condition has too many characters or levels",
    "write at most {characters} characters and {depth} levels of brackets and operators",
)
SCHEMA = ProblemCode("LP-SCHEMA-000", "{text}")
OTHER_SCHEMA = ProblemCode(
    "LP-SCHEMA-001", "{kind} has schema {found!r}, but this program reads {known}", "{remedy}"
)
UNKNOWN_STATUS = ProblemCode(
    "LP-FILE-001",
    "the kind of values {strange} is unknown",
    "write one of {official}, or join several with +",
)
SET_CHANGED = ProblemCode(
    "LP-SPEC-034",
    "{folder} has sha256 {found}, but its receipt says {expected}",
    "restore the file, or write the new hash into the receipt",
)
RECEIPT_MISSING = ProblemCode(
    "LP-SPEC-035",
    "{path} is missing",
    "write receipt.yml, the receipt of the data set, into the folder of its files",
)
RECEIPT_CHANGED = ProblemCode(
    "LP-FILE-002",
    "{path} has sha256 {found}, but the spec states {receipt_sha256}",
    "restore the file, or write the new hash into the spec",
)
RECEIPT_AND_FOLDER_DIFFER = ProblemCode(
    "LP-SPEC-036",
    "{differ}: only one of the folder and {receipt} has this file",
    "list each Parquet file of the folder under `files`",
)
RELEASE_CHANGED = ProblemCode(
    "LP-FILE-003",
    "the file is missing, or differs from its manifest",
    "{remedy}",
)
FILE_NOT_READ = ProblemCode(
    "LP-FILE-004",
    "the file cannot be read: {error}",
    "{remedy}",
)
FILES_MISSING = ProblemCode(
    "LP-FILE-005",
    "the file lacks the keys {missing}",
    "{remedy}",
)
SAMPLE_AFTER_VALUES = ProblemCode(
    "LP-TABLE-005",
    "the sample begins in {first}, but the values end in {end}",
    "set first_year of the sample to {end} or earlier, or add newer values to the archive",
)
EMPTY_SAMPLE = ProblemCode(
    "LP-SPEC-037",
    "the sample is empty: it has no unit or no year",
    "add units or years to the sample",
)
NO_PAPER_FOLDER = ProblemCode(
    "LP-SPEC-038",
    "`provinces: paper` needs the folder of a paper, but this spec has none",
    "write `all`, or a list of codes",
)
UNKNOWN_UNITS = ProblemCode(
    "LP-SPEC-039",
    "the sample names unknown codes of units: {unknown}",
    "write codes of the release, such as {known}",
)
UNKNOWN_MEASURE_OF_ROLE = ProblemCode(
    "LP-SPEC-040",
    "variable {role!r} names a measure that does not exist: {unknown!r}",
    "write one of {columns}",
)
NOT_COVERED = ProblemCode(
    "LP-TABLE-006",
    "{concept}: {passed}",
    no_fix="note",
)
ROW_NOT_IN_SAMPLE = ProblemCode(
    "LP-SPEC-041",
    "without_rows: the sample does not contain {unit} {period_text}",
    "remove this row from the list, or widen the sample",
)
NO_COMPLETE_ROW = ProblemCode(
    "LP-TABLE-007",
    "no row has values of all variables",
    "add units or years to the sample, or remove a variable or condition",
)
LOGARITHM_OF_NONPOSITIVE = ProblemCode(
    "LP-SPEC-042",
    "{measure} {province} {year}: the value {value:g} has no logarithm",
    "leave the cell out of the sample, or use the variable in levels; the program never takes log(1+x)",
)
NO_WINDOW = ProblemCode(
    "LP-SPEC-043",
    "options.windows has no entry for variable {role!r}, measure {measure!r}",
    "add one with first_year, last_year, clip_to_newest and trends",
)
SERIES_NOT_COMPLETE = ProblemCode(
    "LP-TABLE-008",
    "{concept}: {reasons}; the program never joins years across a gap",
    no_fix="note",
)
