"""Problems of the options of table kinds: codes, texts and fixes."""

from living_panel.problems import ProblemCode

WAY_UNFIT = ProblemCode(
    "LP-KIND-002",
    "the covariance {way} is not available for effects {effects}",
    "write effects: [{fitting}] here",
)
WAY_UNFIT_FOR_ALL = ProblemCode(
    "LP-KIND-003", "the covariance {way} is not available for effects {effects}", "{action}"
)
WEIGHTED_WAY = ProblemCode(
    "LP-KIND-004", "this covariance is not available for weighted regressions here", "{action}"
)
UNKNOWN_PRIMARY = ProblemCode(
    "LP-KIND-005",
    "the covariance {primary!r} is not available for effects {effects}",
    "write one of {known}",
)
UNKNOWN_BESIDE = ProblemCode(
    "LP-KIND-006", "`inference` does not list {label!r}", "write one of {known}"
)
TWO_WAY_ONLY = ProblemCode(
    "LP-KIND-007",
    "option {option} is only for two-way effects with their own inference",
    "remove this option",
)
NO_CONTROL = ProblemCode(
    "LP-KIND-008",
    "{roles} has no control in addition to the first variable",
    "write some of {known}",
)
NO_PANEL = ProblemCode(
    "LP-KIND-009", "page {page!r} is not a page of panels", "write one of {known}"
)
NOT_IN_REGRESSION = ProblemCode(
    "LP-KIND-010", "the list `enter` of this regression lacks {roles}", "write one of {known}"
)
NO_SUCH_COLUMN = ProblemCode(
    "LP-KIND-011",
    "{columns} is not a column of this table",
    "write block.column, such as headline.7",
)
MODEL_ROLE = ProblemCode(
    "LP-KIND-020", "column {column}: this table has no variable {roles}", "write one of {known}"
)
WEIGHTS_IN_LOGS = ProblemCode(
    "LP-KIND-021",
    "the weights {role} are logarithms",
    "under variables, add a variable of the same measures with log: false, and name it as the weights",
)
WRONG_OPTIONS = ProblemCode(
    "LP-SPEC-044",
    "{table}: {faults}",
    "correct these keys in the spec of {table}",
)
TWO_VALUES_OF_ONE_NAME = ProblemCode(
    "LP-FILE-006",
    "{table}: {model} has two values of {name}",
    "give one of the two values another name in the module of the table kind",
)
NO_COMPLETE_CELL = ProblemCode(
    "LP-TABLE-009",
    "no unit has a {{period}} in which all variables have values",
    "choose other years or fewer variables",
)
TREATMENT_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-099",
    "{n_clusters} units and {residual_df} residual degrees of freedom are too few: {min_clusters} "
    "and {min_df} are needed",
    "use a longer window, more units or fewer regressors",
)
NO_MODEL_ESTIMATED = ProblemCode(
    "LP-TABLE-010",
    "no model of this table can be estimated",
    "read the reason for each model on the page of the table",
)
COLUMN_WITHOUT_FACTS = ProblemCode(
    "LP-FILE-007",
    "the column of {outcome!r} does not state {missing}",
    "state these facts in the module of the table kind",
)
EXCLUSION_OF_BOTH = ProblemCode(
    "LP-SPEC-045",
    "an exclusion names both `units` and `breaks_of`",
    "write only one of them",
)
WINDOW_REVERSED = ProblemCode(
    "LP-SPEC-046",
    "the window {first}-{last} ends before it begins",
    "exchange the two years",
)
ONE_MEASURE_ONLY = ProblemCode(
    "LP-SPEC-047",
    "{table}: {role!r} is in every specification, but lists several measures",
    "write one measure",
)
NO_PANEL_HAS_VALUES = ProblemCode(
    "LP-TABLE-011",
    "no panel of this table has values: {reasons}",
    no_fix="summary",
)
NO_VARIABLE_HAS_VALUES = ProblemCode(
    "LP-TABLE-012",
    "{title}: none of the variables has a value",
    "name measures with values in the years of the sample",
)
COMMON_DYNAMICS = ProblemCode(
    "LP-SPEC-048",
    "{id}: common_dynamics and method: group_mean cannot be combined",
    "remove one of the two",
)
NOT_IN_LOGARITHMS = ProblemCode(
    "LP-SPEC-049",
    "{table}: variable {role} is in levels, but must be in logarithms",
    "write `log: true` for this variable",
)
NOTHING_MOVES_WITHIN = ProblemCode(
    "LP-TABLE-013",
    "with {units} units and {years} years, no variable changes within a unit",
    "use a window with more years",
)
ADDRESS_WITHOUT_SPARK = ProblemCode(
    "LP-SPEC-050",
    "master and remote are only for engine spark",
    "remove them, or write engine: spark",
)
TWO_ADDRESSES = ProblemCode(
    "LP-SPEC-051",
    "master and remote both give an address",
    "write only one of them",
)
UNITS_WITHOUT_REGION = ProblemCode(
    "LP-SPEC-052",
    "these units are in no region of {scheme}: {lost}",
    "add them to a region of the scheme",
)
UNKNOWN_SCHEME = ProblemCode(
    "LP-SPEC-053",
    "neither the paper nor the release has a scheme of regions {scheme!r}",
    "write one of {schemes}",
)
UNKNOWN_LINES = ProblemCode(
    "LP-SPEC-054",
    "leave_one_out names lines that do not exist: {unknown}",
    "write ids of lines of this table",
)
FOCAL_NOT_ENTERED = ProblemCode(
    "LP-SPEC-055",
    "line {id}: `enter` does not list the variable {focal!r} of `focal`",
    "add it to `enter`, or name another variable",
)
TRENDS_NEED_TWO_WAY = ProblemCode(
    "LP-TABLE-014",
    "unit trends are possible only in two-way regressions",
    "set unit_trends to false in this study",
)
NO_VALUES_BY_UNIT = ProblemCode(
    "LP-TABLE-015",
    "{concept} has no values by unit",
    "name a measure with values for every unit",
)
NO_ADOPTION = ProblemCode(
    "LP-TABLE-016",
    "{label}: no unit has a value by {last}",
    "end the sample later, or name another measure",
)
TRENDS_NEED_BALANCE = ProblemCode(
    "LP-TABLE-017",
    "unit trends need a balanced panel",
    "set unit_trends to false, or use units that have every period",
)
PRODUCT_NOT_IDENTIFIED = ProblemCode(
    "LP-SAMPLE-100",
    "if any one unit is omitted, the product is not identified",
    "use more units or fewer regressors",
)
REGION_HAS_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-101",
    "{size} slopes are too many for {smallest} units in the smallest region",
    "use at most {limit} slopes, or larger regions",
)
NOT_AMONG_INFERENCE = ProblemCode(
    "LP-SPEC-056",
    "{table}: `inference` does not list {missing}",
    "add it to `inference`, or write one of {labels}",
)
FIXED_OPTION = ProblemCode(
    "LP-SPEC-057",
    "{table}: options.{name} is {found!r}, but must be {wanted!r} if all columns have two-way "
    "effects (docs/papers.md, 'Effects')",
    "write {name}: {wanted!r}, and the other covariance under `beside`",
)
ROW_LENGTH = ProblemCode(
    "LP-FILE-008",
    "{title}: row {row!r} does not have {n_columns} cells",
    "give the row one cell for each of the {n_columns} columns",
)
STATISTIC_NAME = ProblemCode(
    "LP-FILE-009",
    "{name!r} cannot be the name of a statistic",
    "use letters, digits and _; put term and inference into their own columns",
)
TWO_ROWS_OF_ONE_KEY = ProblemCode(
    "LP-FILE-010",
    "two rows have the same {key}: {row}",
    "keep one row for each {key}",
)
ALL_UNITS_BREAK = ProblemCode(
    "LP-TABLE-018",
    "within the window, every unit has a documented break",
    "use a shorter window, or write [] under without_broken",
)
NO_NATIONAL_VALUES = ProblemCode(
    "LP-TABLE-020",
    "the data have no national values of {measures}",
    "name other measures, or add national values of these to the archive",
)
FEW_CHANGES = ProblemCode(
    "LP-TABLE-021",
    "{count} annual changes in both measures are too few",
    "name measures that share five or more consecutive years",
)
LINE = ProblemCode("LP-TABLE-022", "{id}: {reason}", no_fix="summary")
KIND_WITHOUT_SAMPLE = ProblemCode(
    "LP-TABLE-023",
    "{table}: the code of table kind {kind} describes no sample and gives no reason for this",
    "call add_sample or describe_sample in estimation/tables/kinds/{kind}",
)
KIND_WITHOUT_RESULT = ProblemCode(
    "LP-TABLE-024",
    "{table}: the code of table kind {kind} returns no number, no grid and no reason",
    "call estimates, add_numbers or grid in estimation/tables/kinds/{kind}",
)
