"""Problems of estimators: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

EXACT_FIT = Sentence(
    Code.OUTCOME_EXPLAINED,
    "{test}: the regression fits {count} units exactly{where}; a deterministic series has no unit-root test",
    "leave these units out of the test",
)


NO_JOINT_TEST = Sentence(
    Code.COVARIANCE,
    "{label} does not provide this joint test",
    "use cr3:jackknife, or clustered with df='t(G-1)'",
)
TOO_FEW_CLUSTERS_FOR_TEST = Sentence(
    Code.SAMPLE_CLUSTERS,
    "a joint test with {groups} clusters covers at most {most_coefficients} coefficients, but {q} are given",
    "test at most {most_coefficients} coefficients, or use more clusters",
)
SINGULAR_COVARIANCE = Sentence(
    Code.COLLINEAR,
    "{label}: the covariance matrix of {names} is singular",
    "test fewer coefficients, or cluster by one key",
)


OUTCOMES = Sentence(
    Code.FORMULA_FORM, "{text}: the formula has {n_outcomes} outcomes", "write one outcome before ~"
)


ROWS_COEFFICIENTS = Sentence(
    Code.SAMPLE_SMALL,
    "{text}: {n} rows are too few for {k} coefficients",
    "use a larger sample or fewer regressors",
)


WRONG_MODEL = Sentence(
    Code.MODEL, "{text}: {wrong}", "write a formula and a covariance that this estimator has"
)


PERIOD_TWICE = Sentence(
    Code.DATA_KEYS,
    "{text}: a unit has two rows of one period, so the difference is not defined",
    "keep one row for each unit and period",
)
NO_NEIGHBOURING_PERIODS = Sentence(
    Code.GAPS,
    "{text}: no unit has two consecutive periods",
    "use a sample with consecutive periods, or another estimator",
)

UNKNOWN_VARIABLE = Sentence(
    Code.COLUMN_MISSING, "{text}: the data have no variable {missing}", "write one of {frame}"
)
NO_FINITE_VALUE = Sentence(
    Code.DATA_MISSING,
    "{text}: {column} has no finite value at {row}",
    "leave the row out of the sample, or remove the logarithm from the formula",
)


FEW_DEGREES_OF_FREEDOM = Sentence(
    Code.SAMPLE_SMALL,
    "{df} degrees of freedom are too few for {n_slopes} slopes",
    "use a larger sample or fewer regressors",
)
NOTHING_WITHIN = Sentence(
    Code.ABSORBED,
    "after the effects are removed, {names} does not vary",
    "leave this regressor out",
)
ALL_COLLINEAR_WITHIN = Sentence(
    Code.COLLINEAR, "after the effects are removed, {names} are collinear", "leave one of them out"
)


EMPTY_PANEL = Sentence(
    Code.DATA_EMPTY,
    "{periods} periods and {units} units are too few for an estimate",
    "add units or periods to the sample",
)


FORMULA_TERM = Sentence(
    Code.FORMULA_FORM,
    "{text}: found {found}, expected {expected}",
    "put arithmetic inside I(), and write 0, 1 or -1 for the constant",
)
FORMULA_TEXT = Sentence(
    Code.DATA_TYPE,
    "{text}: {name} is text, but {function} needs numbers",
    "write C({name}), or use another variable",
)
NEEDS_ROWS = Sentence(
    Code.COVARIANCE,
    "{label} needs the rows in memory, but they stay in the engine",
    "estimate in memory, or use one of {allowed}",
)
OF_ITS_ESTIMATOR = Sentence(
    Code.COVARIANCE, "the covariance {label} belongs to another estimator", "use one of {allowed}"
)
OF_FORMULAS = Sentence(
    Code.COVARIANCE,
    "{label} is only for models written as formulas",
    "write kind: panel_models, or choose another covariance",
)


FEW_MOMENTS = Sentence(
    Code.SAMPLE_SMALL,
    "{instruments} instruments cannot identify {coefficients} coefficients, or no row is complete",
    "use more lags as instruments, more periods, or fewer regressors",
)
