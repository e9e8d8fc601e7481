"""Problems of data sets with editions: codes, texts and fixes."""

from living_panel.problems import ProblemCode

UNKNOWN_SET = ProblemCode(
    "LP-SET-001",
    "there is no data set {name!r}",
    "write {choices:or}, or make this data set: `make new-data-set`",
)
UNKNOWN_EDITION = ProblemCode(
    "LP-SET-002", "{data_set} has no edition {name!r}", "write `newest`, or one of {known}"
)
NOT_YET_PUBLISHED = ProblemCode(
    "LP-SET-003",
    "as of {as_of}, {name} was not yet published: it begins on {first}",
    "name a later date",
)
FILE_MISSING = ProblemCode(
    "LP-SET-004",
    "the file of edition {edition} is missing",
    "copy it from a checkout, or make the data set from your own files: `make new-data-set`",
)
FILE_CHANGED = ProblemCode(
    "LP-SET-005",
    "edition {edition} has sha256 {found}…, but editions.yml says {expected}…",
    "restore the file, or add the new file as an edition: `make add-edition`",
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
    "LP-SET-008", "{column}: {value!r} is not a number", "write a number, or leave the cell empty"
)
ROW_TWICE = ProblemCode(
    "LP-SET-009",
    "edition {edition} has two rows for unit {unit} and year {year}",
    "delete one of the two rows",
)
UNKNOWN_UNIT = ProblemCode(
    "LP-SET-010",
    "units.csv does not list unit {unit!r} of edition {edition}",
    "add it to units.csv, or give its present code in unit_codes.csv",
)
UNKNOWN_NAME = ProblemCode(
    "LP-SET-011", "{column}: {value!r} is not a known value", "write one of {known}"
)
HEADER = ProblemCode(
    "LP-SET-012", "the file has the columns {found}", "begin the header with {expected}"
)
RELEASED = ProblemCode(
    "LP-SET-013",
    "released: {value!r} is not a date",
    "write a year, a month or a day: 2012, 2012-07 or 2012-07-31",
)
ORDER = ProblemCode(
    "LP-SET-014",
    "edition {name} is released before {before}, which is listed earlier",
    "list the editions by their release dates",
)
EDITION_TWICE = ProblemCode(
    "LP-SET-015", "edition {name} already exists", "give the new edition another name"
)
SET_TAKEN = ProblemCode("LP-SET-016", "the folder {folder} already exists", "choose another name")
NO_FILES = ProblemCode(
    "LP-SET-017",
    "the folder has no file of {known}",
    "name a folder with one file for each edition",
)
NO_KEYS = ProblemCode(
    "LP-SET-018",
    "no column has a usual name of a unit or period",
    "name these columns, for example, country and year",
)
SET_NAME = ProblemCode(
    "LP-SET-019", "{name!r} cannot be the name of a data set", "use small letters, digits and _"
)
NO_EDITION_TABLE = ProblemCode(
    "LP-SET-020",
    "edition {edition} of {data_set} has no column {missing}",
    "write one of {known}, or make this column in prepare.sql",
)
