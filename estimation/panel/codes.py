"""Problems of specs, samples and releases: codes, texts and fixes."""

from living_panel.problems import ProblemCode

TABLE = ProblemCode("LP-TABLE-000", "{text}")
SPEC = ProblemCode("LP-SPEC-000", "{text}")
NOT_YAML = ProblemCode("LP-SPEC-001", "not YAML ({reason})", "{action}")
BEYOND_LIMIT = ProblemCode("LP-SPEC-002", "{reason}", "{action}")
KEY_TWICE = ProblemCode("LP-SPEC-003", "{key} is written twice", "keep one of them")
UNKNOWN_KEY = ProblemCode("LP-SPEC-004", "no such key", "write {choices:or}, or remove it")
MISSING_KEY = ProblemCode(
    "LP-SPEC-005", "this required key is missing", "write the key `{key}`: {meaning}"
)
NOT_ALLOWED = ProblemCode("LP-SPEC-006", "{value!r} is not one of {allowed}", "write {choice}")
WRONG_VALUE = ProblemCode("LP-SPEC-007", "{reason} (found {value!r})", "correct this value")
NOT_TEXT = ProblemCode("LP-SPEC-008", "{reason} (found {value!r})", 'write it in quotes: "{value}"')
NO_MAPPING = ProblemCode("LP-SPEC-009", "no mapping", "begin with table: and kind:")
FILE_NAME = ProblemCode(
    "LP-SPEC-010", "the name of the file is {file}", "name the file {table}.yml"
)
NO_LIST_OF_ROLES = ProblemCode("LP-SPEC-011", "no list of roles", "write [] for none")
UNDECLARED_ROLE = ProblemCode(
    "LP-SPEC-012", "{role!r} is no role that {file} declares", "write {choices:or}"
)
UNKNOWN_ROLE = ProblemCode(
    "LP-SPEC-013", "this table has no variable {role!r}", "write {choices:or}"
)
ROLE_TWICE = ProblemCode("LP-SPEC-014", "{role!r} is in this regression already", "remove it")
FILLED_WITHOUT_EFFECT = ProblemCode(
    "LP-SPEC-015",
    "{role!r} does not enter here, so that filling it would do nothing",
    "write {choices:or}",
)
TOO_MANY_DRAWS = ProblemCode("LP-SPEC-016", "{value} is more than {most}", "write at most {most}")
ID_TWICE = ProblemCode("LP-SPEC-017", "id {id!r} is there already", "write another id")
OTHER_PAPER = ProblemCode(
    "LP-SPEC-018", "{value!r} is not the paper whose folder this file lies in", "write {paper!r}"
)
NEWER_FORMAT = ProblemCode(
    "LP-SPEC-075",
    "format {value!r} is unknown; this program reads formats 1 to {most}",
    "write a known format, or install a later version of the program",
)
FORMER_MEASURE = ProblemCode(
    "LP-SPEC-076",
    "measure {former!r} is now {measure!r}; the former name leaves with {until}",
    "write {measure}",
)
NOT_DECLARED = ProblemCode(
    "LP-SPEC-074", "the paper declares no printed column {value!r}", "write {choices:or}"
)
NO_PRINTED_TABLE = ProblemCode(
    "LP-SPEC-019", "{value!r} is no printed table that {file} lists", "write {choices:or}"
)
TABLE_TWICE = ProblemCode(
    "LP-SPEC-020",
    "table {table!r} is there already, in paper {other!r}",
    "begin its name with its paper's: {paper}_{table}",
)
INCOMPLETE_KIND = ProblemCode(
    "LP-SPEC-032",
    "the module of kind {kind!r} has no {missing}",
    "write them as estimation/tables/kinds/__init__.py says",
)
UNKNOWN_KIND = ProblemCode("LP-SPEC-021", "unknown kind of table {kind!r}", "write one of {known}")
YEARS_REVERSED = ProblemCode(
    "LP-SPEC-022", "last_year {last} is before first_year {first}", "exchange them"
)
OTHER_FREQUENCY = ProblemCode(
    "LP-SPEC-033",
    "{value} is not of the paper's frequency, {frequency}",
    "write it as {form}, or change frequency in the sample of paper.yml",
)
YEARS_WITHOUT_METHOD = ProblemCode(
    "LP-SPEC-023",
    "interpolation 'none' cannot list years to fill",
    "write a method, or remove the years",
)
METHOD_WITHOUT_YEARS = ProblemCode(
    "LP-SPEC-024",
    "interpolation {method!r} must list the years to fill, by variable",
    "write them under `years`",
)
NO_SPEC = ProblemCode(
    "LP-SPEC-026",
    "no such file",
    "write {choices:or}, or a path as {papers}/<paper>/specs/<table>.yml",
)
NO_PAPER = ProblemCode(
    "LP-SPEC-027", "no paper of this name", "write {choices:or}, or run `make new-paper NAME=…`"
)
UNKNOWN_MEASURE = ProblemCode(
    "LP-SPEC-025", "{measure!r} is no measure of the release", "write {choices:or}"
)
WHERE_FORM = ProblemCode(
    "LP-SPEC-030",
    "where {expression!r} is no condition on rows",
    "write comparisons of names and numbers, joined by and, or, not: gdp > 100 and year != 2003",
)
WHERE_NAME = ProblemCode(
    "LP-SPEC-031", "where {expression!r}: {unknown} is no variable here", "write one of {known}"
)
WHERE_SIZE = ProblemCode(
    "LP-WHERE-001",
    "where: the condition is too long or too deep",
    "write at most {characters} characters and {depth} levels of brackets and operators",
)
SCHEMA = ProblemCode("LP-SCHEMA-000", "{text}")
OTHER_SCHEMA = ProblemCode(
    "LP-SCHEMA-001", "{kind} schema {found!r}, this code reads {known}", "{remedy}"
)
UNKNOWN_STATUS = ProblemCode(
    "LP-FILE-001",
    "kind of values {strange} is unknown",
    "write one of {official}, or several joined by +",
)
SET_CHANGED = ProblemCode(
    "LP-SPEC-034",
    "{folder} has sha256 {found}, its receipt says {expected}",
    "restore the file, or write the new hash into the receipt",
)
RECEIPT_MISSING = ProblemCode(
    "LP-SPEC-035",
    "{path} is not there",
    "write the set's receipt next to its files",
)
RECEIPT_CHANGED = ProblemCode(
    "LP-FILE-002",
    "{path} has sha256 {found}, the spec names {receipt_sha256}: another state of the set",
    "restore it, or write the new hash into the spec",
)
RECEIPT_AND_FOLDER_DIFFER = ProblemCode(
    "LP-SPEC-036",
    "{differ}: in the folder or in {receipt}, not in both",
    "list each Parquet file of the folder under `files`",
)
RELEASE_CHANGED = ProblemCode(
    "LP-FILE-003",
    "missing, or its bytes are not those of the manifest",
    "{remedy}",
)
FILE_NOT_READ = ProblemCode(
    "LP-FILE-004",
    "cannot be read: {error}",
    "{remedy}",
)
FILES_MISSING = ProblemCode(
    "LP-FILE-005",
    "the keys {missing} are missing",
    "{remedy}",
)
SAMPLE_AFTER_VALUES = ProblemCode(
    "LP-TABLE-005",
    "the sample begins in {first}, the values end in {end}",
    "set first_year of the sample to {end} or earlier, or land newer values",
)
EMPTY_SAMPLE = ProblemCode(
    "LP-SPEC-037",
    "the sample is empty: no unit or no year remains",
    "add units or years to the sample",
)
NO_PAPER_FOLDER = ProblemCode(
    "LP-SPEC-038",
    "provinces: paper, in no paper's folder",
    "write all, or a list of codes",
)
UNKNOWN_UNITS = ProblemCode(
    "LP-SPEC-039",
    "sample names unknown unit codes {unknown}",
    "write codes of the release, such as {known}",
)
UNKNOWN_MEASURE_OF_ROLE = ProblemCode(
    "LP-SPEC-040",
    "variable {role!r} names unknown measure {unknown!r}",
    "write one of {columns}",
)
NOT_COVERED = ProblemCode(
    "LP-TABLE-006",
    "{concept}: {passed}",
    no_fix="note",
)
ROW_NOT_IN_SAMPLE = ProblemCode(
    "LP-SPEC-041",
    "without_rows: {unit} {period_text} is not in the sample",
    "remove it, or widen the sample",
)
NO_COMPLETE_ROW = ProblemCode(
    "LP-TABLE-007",
    "no row has all the variables",
    "add units or years to the sample, or remove a variable or condition",
)
LOGARITHM_OF_NONPOSITIVE = ProblemCode(
    "LP-SPEC-042",
    "{measure} {province} {year}: logarithm of {value:g}",
    "leave the cell out of the sample or use the variable in levels; log(1+x) is never taken",
)
NO_WINDOW = ProblemCode(
    "LP-SPEC-043",
    "variable {role!r}: measure {measure!r} has no window",
    "add it to options.windows, with first_year, last_year, clip_to_newest and trends",
)
SERIES_NOT_COMPLETE = ProblemCode(
    "LP-TABLE-008",
    "{concept}: {reasons}; a gap is never closed up",
    no_fix="note",
)
