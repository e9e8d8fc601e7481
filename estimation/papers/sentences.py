"""Problems of the files of a printed paper: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

UNKNOWN_OURS = Sentence(
    Code.PRINTED_UNKNOWN, "{table} has no {what} named {name!r}", "write {choices:or}"
)
UNKNOWN_PRINTED = Sentence(
    Code.PRINTED_UNKNOWN, "the paper prints no {what} {name!r}", "write {choices:or}"
)


MEASURES_DIFFER = Sentence(
    Code.PAPER_TABLE,
    "panel.csv and measures.csv do not list the same columns: {odd}",
    "write one row of measures.csv for each column of panel.csv",
)


RULE_UNFIT = Sentence(
    Code.FINDING,
    "finding '{claim}': the rule `{rule}` cannot be judged {how}",
    "add `printed`, or `bound` with its `reason`; a rule of `within` has no `choices`",
)
