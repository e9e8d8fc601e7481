"""Problems of the options of table kinds: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

NOT_IN_REGRESSION = Sentence(
    Code.SPEC_ROLE, "the list `enter` of this regression lacks {roles}", "write one of {known}"
)
NO_SUCH_COLUMN = Sentence(
    Code.SPEC_OPTIONS,
    "{columns} is not a column of this table",
    "write block.column, such as headline.7",
)
