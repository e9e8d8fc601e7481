"""Problems of dbt: codes, texts and fixes."""

from living_panel.codes import Code, NoFix, Sentence

DBT_FAILED = Sentence(
    Code.DBT_FAILED,
    "dbt {command} failed; nothing was published: {said} ({limits})",
    "correct the cause in the message; free space, or raise the limit of file sizes (`ulimit -f`); "
    "then run again",
)


DBT_TEST = Sentence(Code.DBT_VALUES, "{message}", NoFix.PART)
DBT_ERROR = Sentence(Code.DBT_FAILED, "{message}", NoFix.PART)
