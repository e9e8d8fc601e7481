"""Problems of landing, archive and extracted: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

# -- the content of a file


# -- labels and numbers; each text says what was expected


# -- what earlier editions lead to expect

_GAP_FIX = (
    "complete the file, or name the gap in this series' line of dbt_project/seeds/expected_coverage.csv "
    "(`make receipt` offers a missing line)"
)
GAP_OF_EDITION = Sentence(
    Code.HISTORY_LOST, "{label} lacks {missing}; edition {edition} has it in {units}", _GAP_FIX
)
GAP_AFTER_EDITION = Sentence(
    Code.HISTORY_GAP,
    "{label} lacks {missing}; all editions up to {edition} have such values",
    _GAP_FIX,
)
GAP_IN_FILE = Sentence(
    Code.HISTORY_GAP, "{label} lacks {missing}, but has earlier and later years", _GAP_FIX
)
UNIT_CHANGED = Sentence(
    Code.HISTORY_DOUBT,
    "{label} is in {units}; edition {edition} has it in {before}",
    "compare two values with those of edition {edition}, then answer `doubts` with yes",
)

RARE_VALUES = Sentence(
    Code.HISTORY_DOUBT,
    "{label}: {count} values jump by a power of ten, or by a factor that is rare in this series: {cells}",
    "check these values in the file, then answer `doubts` with yes",
)

MARKED_VALUES = Sentence(
    Code.HISTORY_DOUBT,
    "{label}: {count} values are {what}: {cells}",
    "check these values in the file, then answer `doubts` with yes",
)

# -- a table beside its layout of the edition before


ROWS_MOVED = Sentence(
    Code.ALIGN_MOVED,
    "the rows are in another order than in edition {edition}: {provinces} ({labels})",
    "you need not do anything: the program finds rows by their labels",
)
ROWS_NEW = Sentence(
    Code.ALIGN_MOVED,
    "edition {edition} does not have these rows: {provinces} ({labels})",
    "you need not do anything; check these rows in the file if they surprise you",
)
TABLES_MOVED = Sentence(
    Code.ALIGN_MOVED,
    "{labels} are in a table of {sheet}; in edition {edition} this table is in {before}",
    "you need not do anything: the program finds tables by their titles",
)
TABLE_NEW = Sentence(
    Code.ALIGN_TABLES,
    "no earlier edition has the table {title}",
    "write a layout with `make teach FILE=…` if you want one of its series",
)


# -- landing


# -- the archive


UNREADABLE = Sentence(
    Code.FILE_UNREADABLE,
    "the file cannot be read ({reason})",
    "check the owner and permissions of the file",
)


FILE_NOT_ARCHIVED = Sentence(
    Code.UNKNOWN_ENTRY,
    "the archive has no such file",
    "give the name as <source>/<edition>/<vintage>/<file>, as in data/archive",
)


# -- receipts


RECEIPT_FIELDS = Sentence(Code.RECEIPT_FORM, "{reason}", "{remedy}")


RECEIPT_ANSWERS = Sentence(
    Code.ANSWER,
    "the receipt cannot be written: {reason}",
    "correct the answer that the message names",
)


# -- catalogs and layouts


SERIES_WRONG = Sentence(
    Code.CATALOG_ENTRY,
    "the series cannot be added: {reason}",
    "correct the answer that the message names",
)
UNIT_OF_NO_SERIES = Sentence(
    Code.CATALOG_UNKNOWN,
    "the catalog has no series {label} with the unit {unit}",
    "answer with a series from the catalog",
)


CATALOG_FIELDS = Sentence(
    Code.CATALOG_FORM, "{reason}", "write this key as docs/keys.md describes it"
)


EDITION_WRONG = Sentence(
    Code.CATALOG_ENTRY,
    "the edition cannot be added: {reason}",
    "write a year such as 2024, and the title as printed",
)


LAYOUT_FIELDS = Sentence(
    Code.LAYOUT_FORM, "{reason}", "correct the file, or write a new draft with `make teach FILE=…`"
)


# -- parts of a file


# -- fetching


SLOW_ANSWER = Sentence(
    Code.FETCH_NO_ANSWER,
    "the download did not finish within {seconds:.0f} s",
    "run the fetch again later",
)
