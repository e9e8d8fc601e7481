"""Problems of the library: data frames, covariances and tests that it cannot take."""

from living_panel.problems import ProblemCode

NO_PANEL_KEYS = ProblemCode(
    "LP-LIBRARY-001",
    "unit={unit!r} and time={time!r} must name the units and periods of the data",
    "give both columns, or data with an index of unit and period",
)
UNKNOWN_KEY = ProblemCode(
    "LP-LIBRARY-002",
    "the data have no column {name}",
    "write one of {columns}",
)
MISSING_KEY = ProblemCode(
    "LP-LIBRARY-003",
    "column {name} has {count} missing values",
    "fill the column, or leave these rows out",
)
ROW_TWICE = ProblemCode(
    "LP-LIBRARY-004",
    "unit {unit} has two rows for period {period} ({count} rows have this problem)",
    "keep one row for each unit and period",
)
PERIODS_WITHOUT_ORDER = ProblemCode(
    "LP-LIBRARY-005",
    "column {name} does not contain periods: {value} is neither a whole number nor a date",
    "write whole numbers, dates, quarters such as 2001Q3, or an ordered categorical",
)
UNITS_ALIKE = ProblemCode(
    "LP-LIBRARY-006",
    "column {name} has different units with the same label: {label}",
    "use labels of one type, such as text",
)
NO_COMPLETE_ROWS = ProblemCode(
    "LP-LIBRARY-007",
    "no row has values of all these columns: {names}",
    "use other columns, or fill their missing values",
)
NOT_A_FRAME = ProblemCode(
    "LP-LIBRARY-008",
    "the data are of type {kind}",
    "give a DataFrame, or a mapping of names to wide frames",
)
COLUMN_TWICE = ProblemCode(
    "LP-LIBRARY-009",
    "several columns of the data have the same name: {names}",
    "rename them",
)
TEXT_VALUES = ProblemCode(
    "LP-LIBRARY-010",
    "column {name} contains {value}, which is not a number",
    "give a column of numbers",
)
RESERVED_NAME = ProblemCode(
    "LP-LIBRARY-011",
    "formulas use the name {name} for the key {key}, but the data have another column of this name",
    "rename the column {name}",
)
PERIODS_NUMBERED = ProblemCode(
    "LP-LIBRARY-012",
    "the periods are numbered: {first} means {first_label}, {last} means {last_label}",
    no_fix="part",
)
NOT_A_SERIES = ProblemCode(
    "LP-LIBRARY-013",
    "series {value} is neither a column of the data nor a wide frame",
    "give a column name with data, unit and time, or a frame of periods by units",
)
NO_EFFECTS_HERE = ProblemCode(
    "LP-LIBRARY-014",
    "{text}: {estimator} already includes its own effects",
    "remove the part after the sign |, or use ols",
)
ONLY_EFFECTS_OF_PERIODS = ProblemCode(
    "LP-LIBRARY-039",
    "{text}: after the sign |, {estimator} takes only effects of periods",
    "remove the other effects; the estimator itself removes the effects of units",
)
NO_OTHER_COVARIANCE = ProblemCode(
    "LP-LIBRARY-015",
    "{method} cannot compute the covariance {kind!r} after the fit",
    "choose one of {allowed}",
)
NO_COVARIANCE_MATRIX = ProblemCode(
    "LP-LIBRARY-016",
    "{method} with {inference} has no joint test",
    "call vcov() with a covariance that has a joint test",
)
UNKNOWN_TERMS = ProblemCode(
    "LP-LIBRARY-017",
    "the fit has no coefficients {names}",
    "write some of {terms}",
)
RESTRICTIONS_SHAPE = ProblemCode(
    "LP-LIBRARY-018",
    "the restrictions have shape {shape} and {values} values, but the fit has {terms} coefficients",
    "give a matrix with one column for each coefficient, and one value for each row",
)
UNKNOWN_FIT = ProblemCode(
    "LP-LIBRARY-019",
    "a fit of type {kind} cannot be used here",
    "give a fit of this library, linearmodels, pyfixest or statsmodels",
)
NO_COEFFICIENTS = ProblemCode(
    "LP-LIBRARY-020",
    "{title} has no coefficients to plot",
    "use to_frame() instead",
)
TREATMENT_CHANGES = ProblemCode(
    "LP-LIBRARY-021",
    "column {name} gives several first periods of treatment to {units}",
    "give each unit one first period, or leave the column empty for it",
)
TRAIT_CHANGES = ProblemCode(
    "LP-LIBRARY-040",
    "column {name} has several values for each of the units {units}",
    "give each unit one value of the trait",
)
UNKNOWN_SUFFIX = ProblemCode(
    "LP-LIBRARY-022",
    "files that end with {suffix!r} are not supported",
    "write a file that ends with {allowed}",
)
OPTION_WITHOUT_MEANING = ProblemCode(
    "LP-LIBRARY-023",
    "{option} has no effect together with {given}",
    "leave {option} out",
)
NO_EVENT_STUDY = ProblemCode(
    "LP-LIBRARY-024",
    "{title} is not an event study with a covariance",
    "give a fit of {estimators} with aggregate='event'",
)
NO_FORMULA = ProblemCode(
    "LP-LIBRARY-025",
    "{text}: {estimator} takes no instruments in the formula",
    "remove the part with the instruments",
)
UNKNOWN_PERIOD = ProblemCode(
    "LP-LIBRARY-026",
    "the data have no period {period}",
    "write a period of the data, from {first} to {last}",
)
NO_FORMATS = ProblemCode(
    "LP-LIBRARY-027",
    "the code that writes tables is not installed",
    "install the distribution living-panel, or use to_frame()",
)
NO_EVENTS = ProblemCode(
    "LP-LIBRARY-028",
    "effects are estimated from {first} to {last} periods since adoption, not from {begin} to {end}",
    "give earliest and latest within the estimated periods",
)
NO_HORIZON = ProblemCode(
    "LP-LIBRARY-030",
    "no row has an outcome {horizon} periods later",
    "use fewer horizons or lags",
)
FEW_UNITS_AT_HORIZON = ProblemCode(
    "LP-LIBRARY-031",
    "a horizon has {count} units, but {needed} are needed",
    "use fewer horizons, or more units",
)
COLLINEAR = ProblemCode(
    "LP-LIBRARY-032",
    "{text}: columns {columns} are collinear",
    "leave one of them out",
)
OUTCOME_RANGE = ProblemCode(
    "LP-LIBRARY-033",
    "{text}: the outcome of {estimator} must be {allowed}",
    "use another outcome, or another estimator",
)
NO_MAXIMUM = ProblemCode(
    "LP-LIBRARY-034",
    "{text}: the search found no maximum of the likelihood of {estimator}",
    "leave out a regressor that separates the outcomes, or use poisson for counts without overdispersion",
)
WRONG_LAGS = ProblemCode(
    "LP-LIBRARY-035",
    "lags {lags} of {name} cannot be instruments",
    "write one lag of 1 or more, or the first and the last lag",
)
NO_DISTANCE = ProblemCode(
    "LP-LIBRARY-036",
    "Conley's covariance needs locations and a distance",
    "give location=(latitude, longitude) and cutoff in kilometres",
)
ONE_CLUSTER = ProblemCode(
    "LP-LIBRARY-037",
    "{kind} allows one column of clusters, but {names} are given",
    "give one column of clusters",
)
NO_MARGINS = ProblemCode(
    "LP-LIBRARY-038",
    "{method} does not compute marginal effects",
    "give a fit of logit without effects, probit or negative_binomial",
)
