"""Problems of estimators: codes, texts and fixes."""

from living_panel.problems import ProblemCode

OPTION = ProblemCode("LP-OPTION-000", "{text}")
DATA = ProblemCode("LP-DATA-000", "{text}")
SAMPLE = ProblemCode("LP-SAMPLE-000", "{text}")
EXACT_FIT = ProblemCode(
    "LP-SAMPLE-001",
    "{test}: the regression fits {count} units exactly{where}; a deterministic series has no unit-root test",
    "leave these units out of the test",
)
COLLINEAR = ProblemCode(
    "LP-SAMPLE-002",
    "{test}: in {count} cases a column of the regression is constant or collinear with the others{where}",
    "use fewer lags or deterministic terms, or leave these units out",
)
ARGUMENT = ProblemCode("LP-ARGUMENT-001", "{function}: {argument} is {value}", "give {allowed}")
NO_NEIGHBOURS_BEFORE = ProblemCode(
    "LP-SAMPLE-003",
    "relative magnitudes need consecutive years before adoption, but the sample has {before}",
    "begin the sample at least two years before the first adoption, without gaps",
)
EVENTS_NOT_ESTIMATED = ProblemCode(
    "LP-SAMPLE-004",
    "the average needs estimated event times of 0 or more; wrong event times: {missing}",
    "name estimated event times of 0 or more",
)
BASE_TOO_LONG = ProblemCode(
    "LP-SAMPLE-005",
    "cohort {years} has {g} years before adoption, but the base period takes {base_years}",
    "set base_years to {g} or less, or begin the sample earlier",
)
NO_CONTROLS_LEFT = ProblemCode(
    "LP-SAMPLE-006",
    "no cohort has a year in which some control units are not yet treated",
    "add units that adopt later or never",
)
NOTHING_TO_IMPUTE = ProblemCode(
    "LP-SAMPLE-007",
    "within {latest} years after adoption, no treated cell lies in a year with an untreated unit",
    "choose a larger `latest`, or add units that adopt later or never",
)
ADOPTION_GAP = ProblemCode(
    "LP-DATA-001",
    "staggered adoption: the window lacks the years {holes}",
    "begin the sample after these years, or end it before them",
)
NO_FIRST_YEAR = ProblemCode(
    "LP-DATA-002",
    "first_year has no entry for {absent}",
    "give the year of adoption, or NaN for a unit that never adopts",
)
TREATED_FROM_THE_START = ProblemCode(
    "LP-DATA-003",
    "units {early} are already treated in {years}, the first year",
    "leave these units out, or begin the sample earlier",
)
ONE_ADOPTION_TIME = ProblemCode(
    "LP-DATA-004",
    "staggered adoption needs two years of adoption, or units that never adopt",
    "add units that adopt in another year or never",
)
LOST_WITHOUT_UNIT = ProblemCode(
    "LP-SAMPLE-008",
    "without unit {name}, {lost} cannot be estimated",
    "estimate fewer event times, or add units that adopt in the year of {name}",
)
TREATED_AT_ONCE = ProblemCode(
    "LP-SAMPLE-009",
    "all units are treated at the same time, so there is no comparison",
    "add units that adopt in another year or never",
)
TOO_FEW_UNITS_FOR_DEPENDENCE = ProblemCode(
    "LP-SAMPLE-010",
    "the test of cross-section dependence needs at least 2 units, but the sample has {n_units}",
    "use two or more units",
)
INFINITE_RESIDUALS = ProblemCode(
    "LP-SAMPLE-011",
    "the residuals of {units} are infinite",
    "drop these units, or use variables without infinite values",
)
NO_RESIDUAL = ProblemCode(
    "LP-SAMPLE-012",
    "{units} have no residuals",
    "drop these units",
)
CONSTANT_RESIDUAL = ProblemCode(
    "LP-SAMPLE-013",
    "the residuals are constant in {units}",
    "drop these units",
)
UNBALANCED_FOR_WEIGHTS = ProblemCode(
    "LP-SAMPLE-014",
    "the weighted statistic needs a balanced panel; {units} have missing values",
    "drop these units, or use the unweighted statistic",
)
NO_COMMON_PERIODS = ProblemCode(
    "LP-SAMPLE-015",
    "no pair of units has three periods in common",
    "use a longer window",
)
ERROR_CORRECTION_COLLINEAR = ProblemCode(
    "LP-SAMPLE-016",
    "levels, differences and deterministic terms are collinear in {units}",
    "use fewer lags, leads or regressors, or drop these units",
)
REDRAWN_UNIT_STANDS_STILL = ProblemCode(
    "LP-SAMPLE-017",
    "Westerlund's bootstrap: in some draw of years, the regressors of a unit are constant",
    "use a longer window, or drop units whose regressors change in few years",
)
NO_MOMENTS = ProblemCode(
    "LP-SAMPLE-018",
    "the model has {regressors} regressors, but {author}'s moments cover 1 to {tables}",
    "use at most {tables} regressors",
)
SIMULATION_TOO_LARGE = ProblemCode(
    "LP-SAMPLE-019",
    "{test}: simulating N={n}, T={t} needs more than {most_cells} values for 200 draws",
    "use the asymptotic values at this size (finite_sample=False)",
)
IPS_TOO_MANY_LAGS = ProblemCode(
    "LP-SAMPLE-020",
    "ips: the moments of Im, Pesaran and Shin cover at most 8 lags, but the test has {lags}",
    "use at most 8 lags",
)
IPS_TOO_FEW_PERIODS = ProblemCode(
    "LP-SAMPLE-021",
    "ips: with {lags} lags, the moments of Im, Pesaran and Shin begin at T={first}; this sample needs T={t}",
    "use fewer lags, or a longer window",
)
LOST_WITHOUT_CLUSTER = ProblemCode(
    "LP-SAMPLE-022",
    "cr3 omits one cluster at a time; without cluster {g} of {groups} the slopes are not identified",
    "use fewer regressors, other clusters, or cov='clustered'",
)
TOO_FEW_UNITS_AT_LAG = ProblemCode(
    "LP-SAMPLE-023",
    "the test of serial correlation at lag {lag} needs six units with two years {lag} apart; {size} have them",
    "use a longer window or a shorter lag",
)
TOO_MANY_MEANS = ProblemCode(
    "LP-SAMPLE-024",
    "Mundlak's test of {k} means with {n_units} units allows at most {most_means} means",
    "use at most {most_means} regressors",
)
COLLINEAR_MEANS = ProblemCode(
    "LP-SAMPLE-025",
    "Mundlak's test: the unit means of the regressors are collinear",
    "leave out one of the regressors whose means are collinear",
)
TOO_FEW_NEIGHBOURING_YEARS = ProblemCode(
    "LP-SAMPLE-026",
    "the test of serial correlation in first differences needs six units with three years in a row; "
    "{groups} have them",
    "use a window without gaps",
)
ODD_OPTION = ProblemCode(
    "LP-OPTION-001",
    "cov={cov!r}: {name}{state}",
    "use {allowed}",
)
NO_CLUSTER = ProblemCode(
    "LP-OPTION-002",
    "cov={cov!r} needs the argument cluster=",
    "give cluster= 'unit', 'year', a name of an index level or a Series{most_words}",
)
TOO_MANY_CLUSTER_KEYS = ProblemCode(
    "LP-OPTION-003",
    "cov={cov!r} cannot use {n_keys} in cluster=",
    "give {allowed}",
)
CLUSTER_TWICE = ProblemCode(
    "LP-OPTION-004",
    "cluster= names {names!r} twice",
    "give two different keys",
)
WRONG_DRAWS = ProblemCode(
    "LP-OPTION-005",
    "draws={draws!r} is not between 99 and {most_draws}",
    "give a whole number from 99 to {most_draws}",
)
WRONG_SEED = ProblemCode(
    "LP-OPTION-006",
    "seed={seed!r} is not a valid seed",
    "give a whole number, zero or more",
)
INFERENCE_KEYS = ProblemCode(
    "LP-OPTION-007",
    "inference {way!r} has unknown keys: {unknown}; it lacks these keys: {missing}",
    "write the keys {keys}; cov, correction and df are always required",
)
UNBALANCED = ProblemCode(
    "LP-DATA-005",
    "{method} needs a balanced panel, but {n_missing} of {n} cells are missing; the first is {missing}",
    "use years or units without missing cells",
)
VARIES_TOO_LITTLE = ProblemCode(
    "LP-SAMPLE-027",
    "{least} has almost no variation left after the effects are removed",
    "leave this regressor out",
)
NEAR_COLLINEAR = ProblemCode(
    "LP-SAMPLE-028",
    "two computations of the same coefficients differ, most for {worst}: the regressors are almost collinear",
    "leave one of them out, or rescale it",
)
UNDER_THREE_CLUSTERS = ProblemCode(
    "LP-SAMPLE-029",
    "a clustered standard error needs at least three clusters, but there are {groups}",
    "cluster by a key with three or more values",
)
UNKNOWN_CLUSTER = ProblemCode(
    "LP-OPTION-008",
    "cluster={key!r} is unknown",
    "give {names}, or a Series with a value for each row of y",
)
CLUSTER_ROWS_DIFFER = ProblemCode(
    "LP-DATA-006",
    "cluster series {name!r} must have each row of y exactly once",
    "give the series the index of y, with each row once",
)
CLUSTER_MISSING = ProblemCode(
    "LP-DATA-007",
    "cluster series {name!r} has no value at {row}",
    "give this row a value",
)
INDEX_NAMES_DIFFER = ProblemCode(
    "LP-DATA-008",
    "{name} has index {names}; expected {index_names}",
    "call set_index({index_names}) on the frame",
)
NO_ROWS = ProblemCode(
    "LP-DATA-009",
    "y has no rows",
    "widen the sample, or correct its filters",
)
ROW_TWICE = ProblemCode(
    "LP-DATA-010",
    "y has two rows for {row}",
    "keep one row for each unit and year",
)
ROWS_DIFFER = ProblemCode(
    "LP-DATA-011",
    "the rows of y and x, or their order, differ ({missing} rows differ)",
    "drop or fill the missing rows, then call x.reindex(y.index)",
)
NOT_FINITE = ProblemCode(
    "LP-DATA-012",
    "{column} is {numbers} at {row} ({bad} rows have this problem)",
    "leave these rows out of the sample yourself; the function drops no row",
)
NO_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-030",
    "{n} rows for {k} regressors and {absorbed} unit and year effects leave no degree of freedom",
    "use more years or fewer regressors",
)
ABSORBED = ProblemCode(
    "LP-DATA-013",
    "the effects absorb these regressors: {named}",
    "leave them out",
)
OUTCOME_ABSORBED = ProblemCode(
    "LP-DATA-014",
    "the effects alone explain {name} completely, so the regression has nothing to explain",
    "use an outcome that varies within units and within periods",
)
OUTCOME_COMBINATION = ProblemCode(
    "LP-DATA-015",
    "after the effects are removed, {name} is an exact combination of {columns}: the residual is zero",
    "leave out the regressor that defines the outcome",
)
COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-016",
    "after the effects are removed, {columns} is collinear with {others}",
    "leave one of them out",
)
NO_JOINT_TEST = ProblemCode(
    "LP-OPTION-009",
    "{label} does not provide this joint test",
    "use cr3:jackknife, or clustered with df='t(G-1)'",
)
TOO_FEW_CLUSTERS_FOR_TEST = ProblemCode(
    "LP-SAMPLE-031",
    "a joint test with {groups} clusters covers at most {most_coefficients} coefficients, but {q} are given",
    "test at most {most_coefficients} coefficients, or use more clusters",
)
SINGULAR_COVARIANCE = ProblemCode(
    "LP-SAMPLE-032",
    "{label}: the covariance matrix of {names} is singular",
    "test fewer coefficients, or cluster by one key",
)
COVARIANCE_FORM = ProblemCode(
    "LP-OPTION-010",
    "{written!r} does not have the expected form",
    "write {form}",
)
BANDWIDTH_FORM = ProblemCode(
    "LP-OPTION-011",
    "{written!r} does not give a bandwidth in years",
    "write a whole number of years",
)
WEIGHT_NOT_POSITIVE = ProblemCode(
    "LP-OPTION-012",
    "the weight of {row} is not positive",
    "give positive weights, or drop the row",
)
LAGS_CROSS_YEARS = ProblemCode(
    "LP-SAMPLE-033",
    "{label}: years {holes} are missing, and lags may not cross a gap",
    "use a window without gaps, or bandwidth 0",
)
NOT_FITTED = ProblemCode("LP-DATA-017", "{names}: {reason}", "use other variables or rows")
EFFECTS_ABSORB = ProblemCode(
    "LP-DATA-058",
    "{names}: the effects absorb at least one of these variables",
    "leave out variables that do not vary within the effects",
)
COLLINEAR_REGRESSORS = ProblemCode(
    "LP-DATA-059", "{names}: these variables are collinear", "leave one of them out"
)
BANDWIDTH_OF_ROWS = ProblemCode(
    "LP-SAMPLE-034",
    "a bandwidth of {bandwidth!r} is not possible with {rows} rows",
    "choose 0 to {largest}; a few lags are usual for so many rows",
)
BLOCK_OF_ROWS = ProblemCode(
    "LP-SAMPLE-035",
    "a block_length of {block_length} is not possible with {n_rows} rows",
    "choose a length from 1 to {n_rows}",
)
REDRAWN_TOO_FEW_ROWS = ProblemCode(
    "LP-SAMPLE-036",
    "bootstrap of {estimator}, {options}: in a draw of years, some units have fewer distinct rows "
    "than parameters",
    "use method='pooled', fewer regressors or a longer window",
)
SINGULAR_MOMENT = ProblemCode(
    "LP-SAMPLE-037",
    "{named}: a moment or long-run covariance matrix of the regressors is singular",
    "drop a collinear regressor, or lower the bandwidth",
)
DOLS_COLLINEAR = ProblemCode(
    "LP-SAMPLE-038",
    "DOLS({leads},{lags}): regressors and their differences are collinear in {bad}{n_bad_words}",
    "drop a regressor or these units",
)
NO_COVARIANCE_OF_POISSON = ProblemCode(
    "LP-OPTION-013",
    "poisson has no covariance {label}",
    "use HC0, HC1, or clustered with correction none, groups or reghdfe",
)
NEGATIVE_COUNT = ProblemCode(
    "LP-DATA-018",
    "{text}: the outcome in row {at} is {value:g}, which is below 0",
    "leave this row out of the sample, or use another estimator",
)
LOGIT_EFFECTS = ProblemCode(
    "LP-OPTION-014",
    "{text}: logit conditions on exactly one effect",
    "write one effect, such as | unit",
)
NO_COVARIANCE_OF_LOGIT = ProblemCode(
    "LP-OPTION-015",
    "logit has no covariance {label}",
    "write cov: classical, correction: none, df: normal",
)
LOGIT_OUTCOME = ProblemCode(
    "LP-DATA-019",
    "{text}: the outcome of logit must be 0 or 1",
    "code the outcome as 0 and 1, or use another estimator",
)
OUTCOME_NEVER_CHANGES = ProblemCode(
    "LP-SAMPLE-039",
    "{text}: the outcome is constant within every unit",
    "use a longer window, or another estimator",
)
EXACT_ROWS = ProblemCode(
    "LP-SAMPLE-040",
    "HC2 and HC3 divide by 1 - h (h is the leverage), which is zero in {n_rows} rows",
    "use HC1, or leave out units with one row",
)
FEW_CLUSTERS = ProblemCode(
    "LP-SAMPLE-041",
    "{cluster} has {groups} clusters, but at least {minimum_clusters} are needed",
    "cluster by a key with {minimum_clusters} or more values",
)
LAGS_CROSS_PERIODS = ProblemCode(
    "LP-SAMPLE-042",
    "{label}: periods {holes} are missing, and lags may not cross a gap",
    "use a window without gaps, or bandwidth 0",
)
ALL_UNITS_HAVE_GAPS = ProblemCode(
    "LP-SAMPLE-043",
    "{label}: a unit has a gap or two rows of one period, and lags may not cross a gap",
    "cluster by unit, or use bandwidth 0",
)
ROWS_OVER = ProblemCode(
    "LP-DATA-020",
    "{text}: the {n_rows} rows have the index {names}",
    "give the rows an index of unit and period",
)
STANDS_TWICE = ProblemCode(
    "LP-DATA-021",
    "{text}: {twice} occurs twice",
    "write it once: either before or after the sign |",
)
OUTCOMES = ProblemCode(
    "LP-DATA-022",
    "{text}: the formula has {n_outcomes} outcomes",
    "write one outcome before ~",
)
EFFECT_LEVELS = ProblemCode(
    "LP-SAMPLE-116",
    "{text}: all effects except the largest have {levels} values together; the limit is {most}",
    "write fewer effects, or effects with fewer values",
)
WEIGHTS = ProblemCode(
    "LP-DATA-066",
    "{text}: weight {name} is {value} in row {row}",
    "give positive weights, or leave this row out",
)
NO_COLUMN = ProblemCode(
    "LP-DATA-023",
    "{text}: the data have no column {name}",
    "write one of {keys}",
)
MISSING_ROWS = ProblemCode(
    "LP-DATA-024",
    "{text}: {name} is missing in {n_missing} rows",
    "fill this column, or leave these rows out of the sample",
)
ROWS_COEFFICIENTS = ProblemCode(
    "LP-SAMPLE-044",
    "{text}: {n} rows are too few for {k} coefficients",
    "use a larger sample or fewer regressors",
)
NOTHING_WITHIN_EFFECTS = ProblemCode(
    "LP-DATA-025",
    "{text}: {names} does not vary within the effects",
    "leave this regressor out",
)
COLLINEAR_COLUMNS = ProblemCode(
    "LP-DATA-026",
    "{text}: {columns} are collinear",
    "leave one of them out",
)
WRONG_MODEL = ProblemCode(
    "LP-OPTION-017",
    "{text}: {wrong}",
    "write a formula and a covariance that this estimator has",
)
ROWS_FOR_EFFECTS = ProblemCode(
    "LP-SAMPLE-045",
    "{text}: {n_rows} rows are too few for {n_slopes} coefficients and {parameters} effects",
    "use a larger sample, fewer regressors or fewer effects",
)
TOO_FEW_INSTRUMENTS = ProblemCode(
    "LP-OPTION-018",
    "{text}: {instruments} instruments are too few for {endogenous} endogenous regressors",
    "name at least as many instruments as endogenous regressors",
)
PERIOD_TWICE = ProblemCode(
    "LP-SAMPLE-046",
    "{text}: a unit has two rows of one period, so the difference is not defined",
    "keep one row for each unit and period",
)
NO_NEIGHBOURING_PERIODS = ProblemCode(
    "LP-SAMPLE-047",
    "{text}: no unit has two consecutive periods",
    "use a sample with consecutive periods, or another estimator",
)
NO_SPREAD_BETWEEN_UNITS = ProblemCode(
    "LP-SAMPLE-048",
    "{text}: the sample has one unit, so coefficients cannot vary between units",
    "use two or more units, or another estimator",
)
UNKNOWN_VARIABLE = ProblemCode(
    "LP-DATA-027",
    "{text}: the data have no variable {missing}",
    "write one of {frame}",
)
NO_FINITE_VALUE = ProblemCode(
    "LP-DATA-029",
    "{text}: {column} has no finite value at {row}",
    "leave the row out of the sample, or remove the logarithm from the formula",
)
HAUSMAN_TAYLOR_UNBALANCED = ProblemCode(
    "LP-SAMPLE-049",
    "{text}: hausman_taylor needs a balanced panel",
    "use units that have every period",
)
NOTHING_VARIES_WITHIN = ProblemCode(
    "LP-SAMPLE-050",
    "{text}: no regressor varies within units",
    "add a regressor that varies within units, or use another estimator",
)
TOO_FEW_EXOGENOUS = ProblemCode(
    "LP-OPTION-019",
    "{text}: {n_exogenous} exogenous variables that vary within units are too few for {n_endogenous} "
    "endogenous ones that do not",
    "name at least as many exogenous variables that vary within units",
)
RANDOM_EFFECTS_UNBALANCED = ProblemCode(
    "LP-SAMPLE-051",
    "{text}: {method} needs a balanced panel",
    "use swamy_arora, or units that have every period",
)
TOO_FEW_FOR_UNIT_VARIANCE = ProblemCode(
    "LP-SAMPLE-052",
    "{text}: {n_units} units and {n} rows are too few for the variance of unit effects with {k} coefficients",
    "use more units or fewer regressors",
)
CCE_TOO_MANY_REGRESSORS = ProblemCode(
    "LP-SAMPLE-053",
    "pooled CCE with {regressors} regressors ({columns}): every unit needs {parameters} parameters",
    "use at most {max_regressors} regressors",
)
CCE_TOO_FEW_YEARS = ProblemCode(
    "LP-SAMPLE-054",
    "pooled CCE: {t} years, a constant, {averages} averages and {slopes} slopes leave {residual_df} "
    "degrees of freedom a unit; {min_residual_df} are needed",
    "use a longer window or fewer regressors",
)
CCE_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-055",
    "pooled CCE: averages need at least 3 units, but the sample has {n}",
    "use three or more units",
)
NOTHING_BEYOND_AVERAGES = ProblemCode(
    "LP-DATA-030",
    "after cross-section averages are removed, {name} does not vary{where}",
    "leave out this regressor or these units",
)
COLLINEAR_BEYOND_AVERAGES = ProblemCode(
    "LP-DATA-031",
    "after cross-section averages are removed, {names} are collinear{where}",
    "leave out one of these regressors, or these units",
)
UNKNOWN_EXCLUDED_UNITS = ProblemCode(
    "LP-DATA-032",
    "the exclusions name units that the data do not have (interpolation {rule!r}): {strange}",
    "remove these units from the exclusion, or add them to the sample",
)
NO_SPECIFICATION_ESTIMATED = ProblemCode(
    "LP-SAMPLE-056",
    "none of {n_infeasible} specifications can be estimated; the reason for the first: {infeasible}",
    "use longer windows, more units or fewer covariates",
)
NO_ESTIMATE_TO_TEST = ProblemCode(
    "LP-SAMPLE-057",
    "outcome {outcome!r}: no estimate has six clusters, so the test is not possible",
    "use a sample with six or more units",
)
NO_NEIGHBOURING_YEARS = ProblemCode(
    "LP-DATA-033",
    "the sample has no two consecutive years",
    "use a sample with two consecutive years",
)
YEARS_OF_DIFFERENCE = ProblemCode(
    "LP-DATA-034",
    "{first} and {last} must be two years of the sample, the earlier first",
    "give two years of the sample, the earlier first",
)
LONG_DIFFERENCE_UNITS = ProblemCode(
    "LP-SAMPLE-058",
    "long difference: {n} units are too few for {k} slopes and a constant",
    "use more units or fewer regressors",
)
LONG_DIFFERENCE_LOST = ProblemCode(
    "LP-SAMPLE-059",
    "long difference: HC3 omits each unit once; without {unit} the slopes are not identified",
    "use fewer regressors",
)
LAG_CROSSES_GAP = ProblemCode(
    "LP-DATA-035",
    "the lag would cross the missing years {holes}",
    "use a window without gaps",
)
HALVES_TOO_SHORT = ProblemCode(
    "LP-SAMPLE-060",
    "half-panel jackknife: {t} usable years give halves of {half} years; {min_half} are needed",
    "use a longer window",
)
HALVES_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-061",
    "half-panel jackknife omits each unit once: {n} units with halves of {t} years are too few for {k} slopes",
    "use more units, a longer window or fewer regressors",
)
FEW_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-062",
    "{df} degrees of freedom are too few for {n_slopes} slopes",
    "use a larger sample or fewer regressors",
)
NOTHING_WITHIN = ProblemCode(
    "LP-DATA-036",
    "after the effects are removed, {names} does not vary",
    "leave this regressor out",
)
ALL_COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-037",
    "after the effects are removed, {names} are collinear",
    "leave one of them out",
)
TOO_MANY_FACTORS = ProblemCode(
    "LP-SAMPLE-063",
    "{factors} factors leave no degree of freedom with {n} units and {t} years",
    "use fewer factors, more units or a longer window",
)
FACTORS_NOT_FOUND = ProblemCode(
    "LP-SAMPLE-064",
    "interactive effects with {factors} factors did not converge in {steps} steps",
    "use fewer factors",
)
NOTHING_WITHOUT_UNITS = ProblemCode(
    "LP-SAMPLE-065",
    "{names} does not vary in a sample that omits some units or draws units again",
    "leave this regressor out",
)
NEGATIVE_LEVEL = ProblemCode(
    "LP-DATA-038",
    "the outcome at {at} is {y:g}, but PPML needs values of 0 or more",
    "leave the rows below 0 out of the sample, or use another estimator",
)
SEPARATED_ZEROS = ProblemCode(
    "LP-DATA-039",
    "{named} separates {n_rows} zeros, first {rows}, from the other rows: no finite PPML estimate exists",
    "leave those rows or that regressor out",
)
PPML_NOT_CONVERGED = ProblemCode(
    "LP-SAMPLE-066",
    "PPML did not converge in {steps} iterations",
    "leave out a regressor that separates zeros from other values, or rescale the outcome",
)
NO_REGION = ProblemCode(
    "LP-DATA-040",
    "units {missing} belong to no region",
    "add them to a region of the scheme",
)
ONE_REGION = ProblemCode(
    "LP-DATA-041",
    "the sample has only one region ({labels}), so there is no comparison",
    "use a scheme with two or more regions in the sample",
)
REGION_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-067",
    "region {label} has {units} units, but three are needed",
    "use a scheme with three or more units in each region",
)
TOO_FEW_CLUSTERS = ProblemCode(
    "LP-SAMPLE-068",
    "{what}: {items}; {minimum_clusters} are needed",
    "leave the region out of the comparison",
)
MORE_TERMS_THAN_UNITS = ProblemCode(
    "LP-SAMPLE-069",
    "{what}: there are {terms} terms, but {region} has {clusters} units, whose scores sum to zero",
    "test fewer terms than {region} has units",
)
TOO_MANY_RESTRICTIONS = ProblemCode(
    "LP-SAMPLE-070",
    "{what}: {q} restrictions are more than (G-1)/2 with G = {total} units",
    "test fewer terms",
)
WRONG_PAIR = ProblemCode(
    "LP-DATA-042",
    "pair {pair} must name two different regressors",
    "write the names of two different regressors: {columns}",
)
PRODUCT_LOST_WITHOUT_UNIT = ProblemCode(
    "LP-SAMPLE-071",
    "cr3 omits one unit at a time and computes the product again; without {unit} the slopes are not identified",
    "use fewer regressors, or cov='clustered'",
)
NO_LEAD = ProblemCode(
    "LP-DATA-043",
    "no row has a value in the next year",
    "use a sample with consecutive years",
)
UNKNOWN_SWITCHING = ProblemCode(
    "LP-DATA-044",
    "switching={switching!r} is not a regressor",
    "write one of {columns}",
)
REGIME_MISSING = ProblemCode(
    "LP-DATA-045",
    "regime variable {name!r} has no value at {row} ({n_missing} rows have none)",
    "use another window, or another regime variable",
)
NO_SPLIT_VALUE = ProblemCode(
    "LP-SAMPLE-072",
    "no threshold of the regime variable leaves {trim:.0%} of the rows on each side",
    "use a smaller trim, or a regime variable with more values",
)
NO_SPLIT = ProblemCode(
    "LP-SAMPLE-073",
    "no threshold of the regime variable identifies two slopes",
    "use a smaller trim, or another regime variable",
)
NO_LONG_CHANGE = ProblemCode(
    "LP-SAMPLE-074",
    "no unit has two values {lag} years apart",
    "use a shorter lag or a longer window",
)
TOO_FEW_ROWS_FOR_LAGS = ProblemCode(
    "LP-SAMPLE-075",
    "{test}: each of {regressions} regressions has only {n} residual degrees of freedom "
    "({value} rows less {k} parameters, T={t}); at least {min_df} are needed",
    "use fewer lags, fewer deterministic terms, or a longer window",
)
BREITUNG_TOO_FEW_ROWS = ProblemCode(
    "LP-SAMPLE-076",
    "breitung: {value} rows and {parameters} parameters of each unit leave {rows} degrees of freedom "
    "with T={periods}; {min_df} are needed",
    "use fewer lags, fewer deterministic terms, or a longer window",
)
BREITUNG_TOO_MANY_UNITS = ProblemCode(
    "LP-SAMPLE-077",
    "breitung: {units} units have {rows} rows each; covariances between units need as many rows as units",
    "omit the option robust, or use fewer units or a longer window",
)
HADRI_NO_VARIATION = ProblemCode(
    "LP-SAMPLE-079",
    "hadri: a unit has no variation around its deterministic terms",
    "drop units that follow their deterministic terms exactly",
)
LLC_WITHOUT_CONSTANT = ProblemCode(
    "LP-SAMPLE-080",
    "llc: the program does not simulate the null distribution without a constant",
    "use trend c or ct, or the asymptotic values (finite_sample=False)",
)
HT_TOO_FEW_TRANSITIONS = ProblemCode(
    "LP-SAMPLE-081",
    "ht: {rows} usable transitions less {parameters} parameters leave {residual_df} degrees of "
    "freedom per unit; at least 4 are needed",
    "use a longer window, fewer lags or fewer deterministic terms",
)
FISHER_DRIFT = ProblemCode(
    "LP-SAMPLE-082",
    "fisher: the option drift needs trend c, but trend is {trend}",
    "use trend c, or omit drift",
)
CIPS_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-083",
    "cips: cross-section means need at least 3 units, but the sample has {n}",
    "use three or more units",
)
PANIC_TOO_FEW_CHANGES = ProblemCode(
    "LP-SAMPLE-084",
    "PANIC needs fewer factors than units ({n}) and changes ({t}); {factors} factors are given",
    "use fewer factors, or more units and years",
)
CHANGES_ARE_CONSTANT = ProblemCode(
    "LP-SAMPLE-085",
    "{columns} change by the same amount every year",
    "drop these units",
)
WINDOW_TOO_SHORT = ProblemCode(
    "LP-SAMPLE-086",
    "{what}: {value} rows less {parameters:.3g} parameters leave {left:.3g} residual degrees of "
    "freedom for each unit; at least {needed} are needed for {purpose}",
    "{remedy}",
)
CONSTANT_IN_UNITS = ProblemCode(
    "LP-SAMPLE-087",
    "{name} is constant{after} in {named_units}",
    "drop this variable or these units",
)
NO_COMPLETE_PERIOD = ProblemCode(
    "LP-SAMPLE-088",
    "none of the {n_periods} periods has all {n_units} units; missing periods per unit: {worst}",
    "leave out those units",
)
FRAMES_DIFFER = ProblemCode(
    "LP-SAMPLE-089",
    "the rows and columns of {name} differ from those of y",
    "reindex it to the rows and columns of y",
)
EMPTY_PANEL = ProblemCode(
    "LP-SAMPLE-090",
    "{periods} periods and {units} units are too few for an estimate",
    "add units or periods to the sample",
)
PERIODS_OUT_OF_ORDER = ProblemCode(
    "LP-SAMPLE-091",
    "the periods are not in increasing order, or a period or unit occurs twice",
    "sort the periods, and keep each period and unit once",
)
GAP_INSIDE = ProblemCode(
    "LP-SAMPLE-092",
    "the periods {some} between {first} and {last} are missing",
    "use only the years before or after the gap",
)
INFINITE_CELLS = ProblemCode(
    "LP-SAMPLE-093",
    "{name} is infinite in {cells}, for example as the logarithm of zero",
    "drop the unit, or use a variable without zeros",
)
UNITS_WITHOUT_VALUES = ProblemCode(
    "LP-SAMPLE-094",
    "{name} is missing in every period for units {some}",
    "drop these units",
)
TOO_FEW_PERIODS = ProblemCode(
    "LP-SAMPLE-095",
    "{some}: {n_periods} periods are not enough",
    "use a window of three or more periods",
)
EXACT_TREND = ProblemCode(
    "LP-SAMPLE-096",
    "{name} is an exact linear trend in {units}, so it is collinear with trend='ct'",
    "use trend='c', or drop this variable",
)
COLLINEAR_IN_UNITS = ProblemCode(
    "LP-SAMPLE-097",
    "regressors {names} are collinear in {units}",
    "drop a regressor or {droppable}",
)
OUTCOME_EXACT = ProblemCode(
    "LP-SAMPLE-098",
    "y is an exact linear combination of {names} in {units}: the residual is zero",
    "drop the regressor that defines y or {droppable}",
)
WRONG_REGION = ProblemCode("LP-SAMPLE-110", "region {region}: {reason}", no_fix="summary")
EXPLAINS_ALL = ProblemCode(
    "LP-OPTION-022",
    "a variable {times:g} times as strong as column {benchmark} would explain all of column {column}",
    "choose another benchmark variable, or a smaller multiple",
)
NO_DF_FOR_BANDS = ProblemCode(
    "LP-OPTION-023",
    "{label} does not give degrees of freedom for confidence bands",
    "use cr3:jackknife, or clustered with df='t(G-1)'",
)
GAPS = ProblemCode(
    "LP-SAMPLE-111",
    "the panel is not balanced: {cells} are missing. This method needs every unit in every period",
    "{remedy}",
)
FORMULA_FORM = ProblemCode(
    "LP-FORMULA-001",
    "{text}, character {column}: found {found}, expected {expected}",
    "write y ~ x1 + x2, y ~ x | unit + year, or y ~ x | unit + year | w ~ z1 + z2",
)
FORMULA_FUNCTION = ProblemCode(
    "LP-FORMULA-002",
    "{text}, character {column}: the function {function} is unknown",
    "write one of {allowed}",
)
FORMULA_POWER = ProblemCode(
    "LP-FORMULA-003",
    "{text}: the power {power} is not allowed",
    "write a power of at most {most}; outside of functions, write a whole number from 1",
)
FORMULA_TERMS = ProblemCode(
    "LP-FORMULA-004",
    "{text}: the formula has {n_terms} terms or more",
    "write at most {most} terms",
)
FORMULA_LENGTH = ProblemCode(
    "LP-FORMULA-005",
    "the formula has {length} characters",
    "write at most {most} characters",
)
FORMULA_DEPTH = ProblemCode(
    "LP-FORMULA-006",
    "{text}: more than {most} brackets, functions or signs are nested",
    "nest fewer of them",
)
FORMULA_FACTORS = ProblemCode(
    "LP-FORMULA-007",
    "{text}: an interaction has {n_factors} factors",
    "write at most {most} factors",
)
FORMULA_TERM = ProblemCode(
    "LP-FORMULA-008",
    "{text}: found {found}, expected {expected}",
    "put arithmetic inside I(), and write 0, 1 or -1 for the constant",
)
FORMULA_TEXT = ProblemCode(
    "LP-FORMULA-009",
    "{text}: {name} is text, but {function} needs numbers",
    "write C({name}), or use another variable",
)
NEEDS_ROWS = ProblemCode(
    "LP-OPTION-030",
    "{label} needs the rows in memory, but they stay in the engine",
    "estimate in memory, or use one of {allowed}",
)
OF_ITS_ESTIMATOR = ProblemCode(
    "LP-OPTION-031",
    "the covariance {label} belongs to another estimator",
    "use one of {allowed}",
)
OF_FORMULAS = ProblemCode(
    "LP-OPTION-032",
    "{label} is only for models written as formulas",
    "write kind: panel_models, or choose another covariance",
)
MOMENT_KEYS = ProblemCode(
    "LP-OPTION-033",
    "{text}: {wrong}",
    "use moments only with difference_gmm and system_gmm, and windmeijer only with two steps",
)
NO_PACKAGE = ProblemCode(
    "LP-OPTION-034",
    "{method} needs the package {package}, which is not installed",
    "install {package}, or living-panel-econometrics with its extra `{extra}`",
)
NO_REFERENCE = ProblemCode(
    "LP-FORMULA-010",
    "{text}: no row has the value {value}",
    "write one of {levels} after ref=",
)
FEW_MOMENTS = ProblemCode(
    "LP-SAMPLE-117",
    "{instruments} instruments cannot identify {coefficients} coefficients, or no row is complete",
    "use more lags as instruments, more periods, or fewer regressors",
)
NO_PLACE = ProblemCode(
    "LP-DATA-067",
    "{text}: {name} is {value}, which is not a valid latitude or longitude",
    "give latitudes from -90 to 90, longitudes from -180 to 180 or 0 to 360",
)
NO_POSITIVE_VARIANCE = ProblemCode(
    "LP-SAMPLE-118",
    "{text}: with a cutoff of {cutoff} km, a variance is not positive",
    "use another cutoff",
)
