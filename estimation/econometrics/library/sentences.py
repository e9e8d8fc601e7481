"""Problems of the library: data frames, covariances and tests that it cannot take."""

from living_panel.codes import Code, Sentence

UNKNOWN_KEY = Sentence(
    Code.COLUMN_MISSING, "the data have no column {name}", "write one of {columns}"
)
MISSING_KEY = Sentence(
    Code.DATA_KEYS,
    "column {name} has {count} missing values",
    "fill the column, or leave these rows out",
)

PERIODS_WITHOUT_ORDER = Sentence(
    Code.DATA_KEYS,
    "column {name} does not contain periods: {value} is neither a whole number nor a date",
    "write whole numbers, dates, quarters such as 2001Q3, or an ordered categorical",
)

NO_COMPLETE_ROWS = Sentence(
    Code.DATA_EMPTY,
    "no row has values of all these columns: {names}",
    "use other columns, or fill their missing values",
)

COLUMN_TWICE = Sentence(
    Code.DATA_KEYS, "several columns of the data have the same name: {names}", "rename them"
)
TEXT_VALUES = Sentence(
    Code.DATA_TYPE,
    "column {name} contains {value}, which is not a number",
    "give a column of numbers",
)


UNKNOWN_TERMS = Sentence(Code.FIT, "the fit has no coefficients {names}", "write some of {terms}")
RESTRICTIONS_SHAPE = Sentence(
    Code.FIT,
    "the restrictions have shape {shape} and {values} values, but the fit has {terms} coefficients",
    "give a matrix with one column for each coefficient, and one value for each row",
)
UNKNOWN_FIT = Sentence(
    Code.FIT,
    "a fit of type {kind} cannot be used here",
    "give a fit of this library, linearmodels, pyfixest or statsmodels",
)

TREATMENT_CHANGES = Sentence(
    Code.ADOPTION,
    "column {name} gives several first periods of treatment to {units}",
    "give each unit one first period, or leave the column empty for it",
)
TRAIT_CHANGES = Sentence(
    Code.ADOPTION,
    "column {name} has several values for each of the units {units}",
    "give each unit one value of the trait",
)

OPTION_WITHOUT_MEANING = Sentence(
    Code.ARGUMENT, "{option} has no effect together with {given}", "leave {option} out"
)
NO_EVENT_STUDY = Sentence(
    Code.ADOPTION,
    "{title} is not an event study with a covariance",
    "give a fit of {estimators} with aggregate='event'",
)
NO_FORMULA = Sentence(
    Code.MODEL,
    "{text}: {estimator} takes no instruments in the formula",
    "remove the part with the instruments",
)
UNKNOWN_PERIOD = Sentence(
    Code.ARGUMENT,
    "the data have no period {period}",
    "write a period of the data, from {first} to {last}",
)


NO_MAXIMUM = Sentence(
    Code.NOT_CONVERGED,
    "{text}: the search found no maximum of the likelihood of {estimator}",
    "leave out a regressor that separates the outcomes, or use poisson for counts without overdispersion",
)
