"""Problems of data sets with editions: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

UNKNOWN_EDITION = Sentence(
    Code.SET_UNKNOWN, "{data_set} has no edition {name!r}", "write `newest`, or one of {known}"
)


HEADER = Sentence(
    Code.SET_FORM, "the file has the columns {found}", "begin the header with {expected}"
)
RELEASED = Sentence(
    Code.SET_FORM,
    "released: {value!r} is not a date",
    "write a year, a month or a day: 2012, 2012-07 or 2012-07-31",
)

EDITION_TWICE = Sentence(
    Code.NAME_TAKEN, "edition {name} already exists", "give the new edition another name"
)
