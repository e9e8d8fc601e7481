"""Problems of the library: data frames, covariances and tests that it cannot take."""

from living_panel.problems import ProblemCode

NO_PANEL_KEYS = ProblemCode(
    "LP-LIBRARY-001",
    "unit={unit!r} and time={time!r} do not name the units and periods of the data",
    "give both columns, or data over an index of unit and period",
)
UNKNOWN_KEY = ProblemCode(
    "LP-LIBRARY-002",
    "no column {name}",
    "write one of {columns}",
)
MISSING_KEY = ProblemCode(
    "LP-LIBRARY-003",
    "column {name} has {count} missing values",
    "fill the column, or leave these rows out",
)
ROW_TWICE = ProblemCode(
    "LP-LIBRARY-004",
    "unit {unit} has period {period} twice ({count} such rows)",
    "keep one row for each unit and period",
)
PERIODS_WITHOUT_ORDER = ProblemCode(
    "LP-LIBRARY-005",
    "column {name} holds no periods: {value} is neither a whole number nor a date",
    "write whole numbers, dates, quarters such as 2001Q3, or an ordered categorical",
)
UNITS_ALIKE = ProblemCode(
    "LP-LIBRARY-006",
    "column {name} has units that are written alike: {label}",
    "use labels of one type",
)
NO_COMPLETE_ROWS = ProblemCode(
    "LP-LIBRARY-007",
    "no row has a value of each of {names}",
    "use other columns, or fill them",
)
NOT_A_FRAME = ProblemCode(
    "LP-LIBRARY-008",
    "the data are of type {kind}",
    "give a DataFrame, or a mapping of names to wide frames",
)
COLUMN_TWICE = ProblemCode(
    "LP-LIBRARY-009",
    "the data have several columns {names}",
    "rename them",
)
TEXT_VALUES = ProblemCode(
    "LP-LIBRARY-010",
    "column {name} holds {value}, which is no number",
    "give a column of numbers",
)
RESERVED_NAME = ProblemCode(
    "LP-LIBRARY-011",
    "formulas read {name} as the key {key}, and the data have another column of this name",
    "rename the column {name}",
)
PERIODS_NUMBERED = ProblemCode(
    "LP-LIBRARY-012",
    "periods are numbered: {first} is {first_label}, {last} is {last_label}",
    no_fix="part",
)
NOT_A_SERIES = ProblemCode(
    "LP-LIBRARY-013",
    "series {value} is neither a column of the data nor a wide frame",
    "give a column name with data, unit and time, or a frame of periods by units",
)
NO_EFFECTS_HERE = ProblemCode(
    "LP-LIBRARY-014",
    "{text}: {estimator} has effects of its own",
    "leave out the part after |, or use ols",
)
NO_OTHER_COVARIANCE = ProblemCode(
    "LP-LIBRARY-015",
    "{method} has no covariance {kind!r} after the fit",
    "choose one of {allowed}",
)
NO_COVARIANCE_MATRIX = ProblemCode(
    "LP-LIBRARY-016",
    "{method} under {inference} has no joint test",
    "ask vcov() for a covariance with one",
)
UNKNOWN_TERMS = ProblemCode(
    "LP-LIBRARY-017",
    "no coefficients {names}",
    "write some of {terms}",
)
RESTRICTIONS_SHAPE = ProblemCode(
    "LP-LIBRARY-018",
    "restrictions of shape {shape} on {terms} coefficients with {values} values",
    "give a matrix with a column for each coefficient, and a value for each row",
)
UNKNOWN_FIT = ProblemCode(
    "LP-LIBRARY-019",
    "{kind} is not a fit that can be read",
    "give a fit of this library, linearmodels, pyfixest or statsmodels",
)
NO_COEFFICIENTS = ProblemCode(
    "LP-LIBRARY-020",
    "{title} has no coefficients to plot",
    "use to_frame()",
)
TREATMENT_CHANGES = ProblemCode(
    "LP-LIBRARY-021",
    "column {name} has several first periods in {units}",
    "give each unit the one period in which it is first treated, or none",
)
UNKNOWN_SUFFIX = ProblemCode(
    "LP-LIBRARY-022",
    "no format for the ending {suffix!r}",
    "write a file that ends with {allowed}",
)
OPTION_WITHOUT_MEANING = ProblemCode(
    "LP-LIBRARY-023",
    "{option} has no meaning with {given}",
    "leave {option} out",
)
NO_EVENT_STUDY = ProblemCode(
    "LP-LIBRARY-024",
    "{title} is not an event study with a covariance",
    "give a fit of group_time or imputation by event time",
)
NO_FORMULA = ProblemCode(
    "LP-LIBRARY-025",
    "{text}: {estimator} takes an outcome and regressors, y ~ x",
    "leave out the instruments after |",
)
UNKNOWN_PERIOD = ProblemCode(
    "LP-LIBRARY-026",
    "no period {period}",
    "write a period of the data, from {first} to {last}",
)
NO_FORMATS = ProblemCode(
    "LP-LIBRARY-027",
    "the formats of tables are not installed",
    "install the distribution living-panel, or use to_frame()",
)
NO_EVENTS = ProblemCode(
    "LP-LIBRARY-028",
    "effects from {begin} to {end} periods since adoption are not estimated; those from {first} to {last} are",
    "write earliest and latest within them",
)
NO_HORIZON = ProblemCode(
    "LP-LIBRARY-030",
    "no row has an outcome {horizon} periods later",
    "use fewer horizons or lags",
)
FEW_UNITS_AT_HORIZON = ProblemCode(
    "LP-LIBRARY-031",
    "a horizon has {count} units, {needed} are needed",
    "use fewer horizons, or more units",
)
COLLINEAR = ProblemCode(
    "LP-LIBRARY-032",
    "{text}: columns {columns} depend on each other",
    "leave one of them out",
)
OUTCOME_RANGE = ProblemCode(
    "LP-LIBRARY-033",
    "{text}: the outcome of {estimator} is {allowed}",
    "use another outcome, or another estimator",
)
NO_MAXIMUM = ProblemCode(
    "LP-LIBRARY-034",
    "{text}: the likelihood of {estimator} has no maximum that is found",
    "leave out a regressor that separates the outcomes, or use poisson for counts without overdispersion",
)
WRONG_LAGS = ProblemCode(
    "LP-LIBRARY-035",
    "lags {lags} of {name} cannot be instruments",
    "write the first lag, from 1, or the first and the last one",
)
NO_DISTANCE = ProblemCode(
    "LP-LIBRARY-036",
    "Conley's covariance has no places or no distance",
    "give location=(latitude, longitude) and cutoff in kilometres",
)
ONE_CLUSTER = ProblemCode(
    "LP-LIBRARY-037",
    "{kind} takes one column of clusters, not {names}",
    "give one column",
)
NO_MARGINS = ProblemCode(
    "LP-LIBRARY-038",
    "{method} has no marginal effects",
    "give a fit of logit without effects, probit or negative_binomial",
)
