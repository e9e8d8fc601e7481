"""Problems of stored tables: codes, texts and fixes."""

from living_panel.problems import ProblemCode

_ANEW = "remove the folder; `make run` writes the artifact again"
_REPORT = "report this with the specification: the estimator has an error"

FILE_MISSING = ProblemCode(
    "LP-ARTIFACT-001", "the manifest lists this file, but it is missing", _ANEW
)
FILE_ADDED = ProblemCode("LP-ARTIFACT-002", "the manifest does not list this file", _ANEW)
FILE_CHANGED = ProblemCode(
    "LP-ARTIFACT-003", "the bytes of the file differ from its manifest", _ANEW
)
OTHER_COLUMNS = ProblemCode(
    "LP-ARTIFACT-004", "the columns of the file differ from the schema", _ANEW
)
NO_NUMBER = ProblemCode(
    "LP-ARTIFACT-005", "the table is estimated, but contains no number", _REPORT
)
NO_BANNER = ProblemCode(
    "LP-ARTIFACT-006",
    "the table has no note on whether its values are official or simulated",
    _REPORT,
)
ESTIMATE = ProblemCode("LP-ARTIFACT-007", "the estimate is {value}", _REPORT)
STD_ERROR = ProblemCode(
    "LP-ARTIFACT-008", "the standard error is {value}, but must be positive", _REPORT
)
P_VALUE = ProblemCode("LP-ARTIFACT-009", "the p-value is {value}, but must be from 0 to 1", _REPORT)
INTERVAL = ProblemCode("LP-ARTIFACT-010", "the confidence interval is {low} to {high}", _REPORT)
NO_ARTICLE = ProblemCode(
    "LP-ARTIFACT-011", "the page has no <article> element with the table", "run `make run`"
)
NO_COLUMNS = ProblemCode(
    "LP-ARTIFACT-012",
    "table {table} has no columns of coefficients to choose from",
    "use its files without a choice: the page of the table links them",
)
NO_BLOCK = ProblemCode(
    "LP-ARTIFACT-013",
    "table {table} has no block {block!r}",
    "name {known:or}; without a name you get the first block",
)
