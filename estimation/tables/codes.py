"""Problems of the options of table kinds: codes, texts and fixes."""

from ingestion.problems import ProblemCode

UNUSABLE_WAY = ProblemCode("LP-KIND-001", "{reason}", "write the covariance in full")
WAY_UNFIT = ProblemCode(
    "LP-KIND-002", "{way} is no inference for effects {effects}", "effects: [{fitting}] here"
)
WAY_UNFIT_FOR_ALL = ProblemCode(
    "LP-KIND-003", "{way} is no inference for effects {effects}", "{action}"
)
WEIGHTED_WAY = ProblemCode(
    "LP-KIND-004", "a weighted regression has linearmodels' ways alone", "{action}"
)
UNKNOWN_PRIMARY = ProblemCode(
    "LP-KIND-005",
    "{primary!r} is no way of inference of effects {effects}",
    "write one of {known}",
)
UNKNOWN_BESIDE = ProblemCode(
    "LP-KIND-006", "{label!r} is not among the inference", "write one of {known}"
)
TWO_WAY_ONLY = ProblemCode(
    "LP-KIND-007", "option {option} is for two-way effects and their own inference", "leave it out"
)
NO_CONTROL = ProblemCode(
    "LP-KIND-008", "{roles}: no control in addition to the first variable", "write some of {known}"
)
NO_PANEL = ProblemCode("LP-KIND-009", "page {page!r} is no panel", "one of {known}")
NOT_IN_REGRESSION = ProblemCode("LP-KIND-010", "{roles}: in no regression here", "one of {known}")
NO_SUCH_COLUMN = ProblemCode(
    "LP-KIND-011", "{columns}: no column of this table", "write block.column, such as headline.7"
)
MODEL_ROLE = ProblemCode(
    "LP-KIND-020", "column {column}: {roles} is no variable of this table", "one of {known}"
)
