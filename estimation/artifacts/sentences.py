"""Problems of stored tables: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

_ANEW = "remove the folder; `make run` writes the artifact again"
_REPORT = "report this with the specification: the estimator has an error"

FILE_MISSING = Sentence(
    Code.VERIFY_ARTIFACT, "the manifest lists this file, but it is missing", _ANEW
)
FILE_ADDED = Sentence(Code.VERIFY_ARTIFACT, "the manifest does not list this file", _ANEW)
FILE_CHANGED = Sentence(
    Code.VERIFY_ARTIFACT, "the bytes of the file differ from its manifest", _ANEW
)
OTHER_COLUMNS = Sentence(
    Code.VERIFY_ARTIFACT, "the columns of the file differ from the schema", _ANEW
)
NO_NUMBER = Sentence(
    Code.ARTIFACT_NUMBERS, "the table is estimated, but contains no number", _REPORT
)
NO_BANNER = Sentence(
    Code.ARTIFACT_NUMBERS,
    "the table has no note on whether its values are official or simulated",
    _REPORT,
)
ESTIMATE = Sentence(Code.ARTIFACT_NUMBERS, "the estimate is {value}", _REPORT)
STD_ERROR = Sentence(
    Code.ARTIFACT_NUMBERS, "the standard error is {value}, but must be positive", _REPORT
)
P_VALUE = Sentence(
    Code.ARTIFACT_NUMBERS, "the p-value is {value}, but must be from 0 to 1", _REPORT
)
INTERVAL = Sentence(Code.ARTIFACT_NUMBERS, "the confidence interval is {low} to {high}", _REPORT)
