"""Problems of data sets with editions: codes, texts and fixes."""

from living_panel.problems import ProblemCode

UNKNOWN_SET = ProblemCode(
    "LP-SET-001", "no data set {name!r}", "write {choices:or}, or make it: `make new-data-set`"
)
UNKNOWN_EDITION = ProblemCode(
    "LP-SET-002", "{data_set} has no edition {name!r}", "write newest or one of {known}"
)
NOT_YET_PUBLISHED = ProblemCode(
    "LP-SET-003",
    "not yet published as of {as_of}: {name} begins on {first}",
    "name a later date",
)
FILE_MISSING = ProblemCode(
    "LP-SET-004",
    "the file of edition {edition} is missing",
    "copy it from a checkout, or make the data set from your own files: `make new-data-set`",
)
FILE_CHANGED = ProblemCode(
    "LP-SET-005",
    "edition {edition} has sha256 {found}…, editions.yml says {expected}…",
    "restore the file, or add the new one as an edition: `make add-edition`",
)
NO_COLUMN = ProblemCode(
    "LP-SET-006", "edition {edition} has no column {missing}", "write one of {known}"
)
COLUMN_FORM = ProblemCode(
    "LP-SET-007",
    "edition {edition} has no column {value!r}",
    "write `column`, `column / column` or `column / column x1000`",
)
NO_NUMBER = ProblemCode(
    "LP-SET-008", "{column}: {value!r} is no number", "write a number, or leave the cell empty"
)
ROW_TWICE = ProblemCode(
    "LP-SET-009",
    "two rows for unit {unit} and year {year} in edition {edition}",
    "delete one of the two rows",
)
UNKNOWN_UNIT = ProblemCode(
    "LP-SET-010",
    "unit {unit!r} of edition {edition} is in no line of units.csv",
    "add it to units.csv, or give its present code in unit_codes.csv",
)
UNKNOWN_NAME = ProblemCode("LP-SET-011", "{column}: {value!r} is not known", "write one of {known}")
HEADER = ProblemCode("LP-SET-012", "columns {found}", "begin with {expected}")
RELEASED = ProblemCode(
    "LP-SET-013",
    "released: {value!r} is not a date",
    "write a year, a month or a day: 2012, 2012-07 or 2012-07-31",
)
ORDER = ProblemCode(
    "LP-SET-014",
    "edition {name} is released before {before}",
    "list the editions by their release dates",
)
EDITION_TWICE = ProblemCode(
    "LP-SET-015", "edition {name} is there already", "give the new edition a name of its own"
)
SET_TAKEN = ProblemCode("LP-SET-016", "the folder {folder} is there already", "choose another name")
NO_FILES = ProblemCode(
    "LP-SET-017", "no file of {known} in the folder", "name a folder with one file an edition"
)
NO_KEYS = ProblemCode(
    "LP-SET-018",
    "no columns of unit and period are found",
    "give them usual names: country and year",
)
SET_NAME = ProblemCode(
    "LP-SET-019", "{name!r} cannot be the name of a data set", "use small letters, digits and _"
)
NO_EDITION_TABLE = ProblemCode(
    "LP-SET-020",
    "no column {missing} in edition {edition} of {data_set}",
    "write one of {known}, or say how prepare.sql makes it",
)
