"""Problems of the options of table kinds: codes, texts and fixes."""

from living_panel.problems import ProblemCode

WAY_UNFIT = ProblemCode(
    "LP-KIND-002", "{way} is not available for effects {effects}", "write effects: [{fitting}] here"
)
WAY_UNFIT_FOR_ALL = ProblemCode(
    "LP-KIND-003", "{way} is not available for effects {effects}", "{action}"
)
WEIGHTED_WAY = ProblemCode(
    "LP-KIND-004", "this covariance is not available for weighted regressions", "{action}"
)
UNKNOWN_PRIMARY = ProblemCode(
    "LP-KIND-005",
    "{primary!r} is not available for effects {effects}",
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
NO_PANEL = ProblemCode("LP-KIND-009", "page {page!r} is not a panel", "write one of {known}")
NOT_IN_REGRESSION = ProblemCode(
    "LP-KIND-010", "{roles}: in no regression here", "write one of {known}"
)
NO_SUCH_COLUMN = ProblemCode(
    "LP-KIND-011", "{columns}: no column of this table", "write block.column, such as headline.7"
)
MODEL_ROLE = ProblemCode(
    "LP-KIND-020", "column {column}: this table has no variable {roles}", "write one of {known}"
)
WEIGHTS_IN_LOGS = ProblemCode(
    "LP-KIND-021",
    "the weights {role} are logarithms",
    "name a variable with log: false, such as one of the same measures under variables",
)
WRONG_OPTIONS = ProblemCode(
    "LP-SPEC-044",
    "{table}: {faults}",
    "correct these keys in the spec of {table}",
)
TWO_VALUES_OF_ONE_NAME = ProblemCode(
    "LP-FILE-006",
    "{table}: {model} has two values of {name}",
    "give one of them another name in the module of the kind",
)
NO_COMPLETE_CELL = ProblemCode(
    "LP-TABLE-009",
    "no unit-{{period}} has all the variables",
    "choose other years or fewer covariates",
)
TREATMENT_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-099",
    "{n_clusters} units, {residual_df} residual degrees of freedom: {min_clusters} and {min_df} "
    "are needed",
    "use a longer window, more units or fewer regressors",
)
NO_MODEL_ESTIMATED = ProblemCode(
    "LP-TABLE-010",
    "no model of this table can be estimated",
    "read the reason of each model on the page of the table",
)
COLUMN_WITHOUT_FACTS = ProblemCode(
    "LP-FILE-007",
    "column of {outcome!r} does not state {missing}",
    "state these facts in the module of the kind",
)
EXCLUSION_OF_BOTH = ProblemCode(
    "LP-SPEC-045",
    "an exclusion names both units and breaks_of",
    "write one of them",
)
WINDOW_REVERSED = ProblemCode(
    "LP-SPEC-046",
    "window {first}-{last} ends before it begins",
    "exchange the years",
)
ONE_MEASURE_ONLY = ProblemCode(
    "LP-SPEC-047",
    "{table}: {role!r} is in every specification and has several measures",
    "write one measure",
)
NO_PANEL_HAS_VALUES = ProblemCode(
    "LP-TABLE-011",
    "no panel of this table has values: {reasons}",
    no_fix="summary",
)
NO_VARIABLE_HAS_VALUES = ProblemCode(
    "LP-TABLE-012",
    "{title}: no variable has a value",
    "name measures with values in the years of the sample",
)
COMMON_DYNAMICS = ProblemCode(
    "LP-SPEC-048",
    "{id}: common_dynamics does not go with method: group_mean",
    "remove one of them",
)
NOT_IN_LOGARITHMS = ProblemCode(
    "LP-SPEC-049",
    "{table}: {role} is in levels",
    "write log: true",
)
NOTHING_MOVES_WITHIN = ProblemCode(
    "LP-TABLE-013",
    "{units} units, {years} years: nothing moves within units",
    "use a window with more years",
)
ADDRESS_WITHOUT_SPARK = ProblemCode(
    "LP-SPEC-050",
    "master and remote belong to engine spark",
    "remove them, or write engine: spark",
)
TWO_ADDRESSES = ProblemCode(
    "LP-SPEC-051",
    "master and remote are two addresses",
    "write one of them",
)
UNITS_WITHOUT_REGION = ProblemCode(
    "LP-SPEC-052",
    "units in no region of {scheme}: {lost}",
    "add them to a region of the scheme",
)
UNKNOWN_SCHEME = ProblemCode(
    "LP-SPEC-053",
    "no scheme of regions {scheme!r} is in the paper or in the release",
    "write one of {schemes}",
)
UNKNOWN_LINES = ProblemCode(
    "LP-SPEC-054",
    "leave_one_out names unknown lines {unknown}",
    "write ids of lines of this table",
)
FOCAL_NOT_ENTERED = ProblemCode(
    "LP-SPEC-055",
    "line {id}: focal {focal!r} is not in enter",
    "add it to `enter`, or name another",
)
TRENDS_NEED_TWO_WAY = ProblemCode(
    "LP-TABLE-014",
    "unit trends: two-way regressions only",
    "set unit_trends to false in this study",
)
NO_VALUES_BY_UNIT = ProblemCode(
    "LP-TABLE-015",
    "{concept}: no values by unit",
    "name a measure with values for every unit",
)
NO_ADOPTION = ProblemCode(
    "LP-TABLE-016",
    "{label}: nobody has one by {last}",
    "end the sample later, or name another measure",
)
TRENDS_NEED_BALANCE = ProblemCode(
    "LP-TABLE-017",
    "unit trends need a balanced panel",
    "set unit_trends to false, or use units that have every period",
)
PRODUCT_NOT_IDENTIFIED = ProblemCode(
    "LP-SAMPLE-100",
    "the product is not identified without any one unit",
    "use more units or fewer regressors",
)
REGION_HAS_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-101",
    "{size} slopes are too many for {smallest} units in the smallest region",
    "use at most {limit} slopes, or larger regions",
)
NOT_AMONG_INFERENCE = ProblemCode(
    "LP-SPEC-056",
    "{table}: {missing} is not among the inference",
    "add it, or write one of {labels}",
)
FIXED_OPTION = ProblemCode(
    "LP-SPEC-057",
    "{table}: options.{name} is {found!r}; a table whose columns all have two-way effects has {wanted!r} "
    "(docs/papers.md, 'Effects')",
    "write {name}: {wanted!r}, and the other under `beside`",
)
ROW_LENGTH = ProblemCode(
    "LP-FILE-008",
    "{title}: row {row!r} does not have {n_columns} cells",
    "give the row one cell for each of the {n_columns} columns",
)
STATISTIC_NAME = ProblemCode(
    "LP-FILE-009",
    "{name!r} cannot be the name of a statistic",
    "use letters, digits and _; give term and inference in their own columns",
)
TWO_ROWS_OF_ONE_KEY = ProblemCode(
    "LP-FILE-010",
    "two rows for one {key}: {row}",
    "keep one row for each {key}",
)
ALL_UNITS_BREAK = ProblemCode(
    "LP-TABLE-018",
    "every unit has a documented break in the window",
    "use a shorter window, or write [] under without_broken",
)
NO_NATIONAL_VALUES = ProblemCode(
    "LP-TABLE-020",
    "no national values of {measures}",
    "name other measures, or land the national values of these",
)
FEW_CHANGES = ProblemCode(
    "LP-TABLE-021",
    "{count} annual changes with both measures are too few",
    "name measures with five or more neighbouring years in common",
)
LINE = ProblemCode("LP-TABLE-022", "{id}: {reason}", no_fix="summary")
KIND_WITHOUT_SAMPLE = ProblemCode(
    "LP-TABLE-023",
    "{table}: the code of the kind {kind} describes no sample, and does not say why there is none",
    "call add_sample or describe_sample in estimation/tables/kinds/{kind}",
)
KIND_WITHOUT_RESULT = ProblemCode(
    "LP-TABLE-024",
    "{table}: the kind {kind} gave no number, no grid and no refusal",
    "call estimates, add_numbers or grid in estimation/tables/kinds/{kind}",
)
