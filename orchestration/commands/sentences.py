"""Problems of commands: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

BACKUP_DAMAGED = Sentence(
    Code.BACKUP,
    "the file cannot be read as a complete backup ({reason}); nothing was changed",
    "name another backup file",
)


PARAMETER_MISSING = Sentence(
    Code.COMMAND, "{parameter} is missing", "add it to the command, for example {example}"
)
WRONG_CALL = Sentence(
    Code.COMMAND, "{reason}", "run `{command}`, which lists the arguments and options"
)


ANSWER_NEEDED = Sentence(
    Code.ANSWER,
    "the answer {field} is missing ({prompt})",
    "answer at a terminal, or set {variable}",
)


NOT_PUBLISHED_YET = Sentence(Code.NOT_BUILT, "{published} does not exist yet", "run `make run`")


ANSWERS_PAGE = Sentence(
    Code.RECEIPT_FORM,
    "this page of answers cannot be read: {reason}",
    "correct it; or remove it and run the command again, which writes it anew",
)
