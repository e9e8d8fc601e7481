"""Problems of estimators: codes, texts and fixes."""

from living_panel.problems import ProblemCode

OPTION = ProblemCode("LP-OPTION-000", "{text}")
DATA = ProblemCode("LP-DATA-000", "{text}")
SAMPLE = ProblemCode("LP-SAMPLE-000", "{text}")
EXACT_FIT = ProblemCode(
    "LP-SAMPLE-001",
    "{test}: the regression fits {count} units exactly{where}: a deterministic series has no unit-root test",
    "leave these units out of the test",
)
COLLINEAR = ProblemCode(
    "LP-SAMPLE-002",
    "{test}: a column of the regression is constant or collinear with the others ({count} cases){where}",
    "use fewer lags or deterministics, or leave these units out",
)
ARGUMENT = ProblemCode("LP-ARGUMENT-001", "{function}: {argument} is {value}", "give {allowed}")
NO_NEIGHBOURS_BEFORE = ProblemCode(
    "LP-SAMPLE-003",
    "relative magnitudes need neighbouring years before adoption, not {before}",
    "begin the sample two or more years before the first adoption, without gaps",
)
EVENTS_NOT_ESTIMATED = ProblemCode(
    "LP-SAMPLE-004",
    "event times {missing} are not after adoption and estimated",
    "name event times from 0 on that are estimated",
)
BASE_TOO_LONG = ProblemCode(
    "LP-SAMPLE-005",
    "cohort {years}: {g} years before it, the base takes {base_years}",
    "set base_years to {g} or less, or begin the sample earlier",
)
NO_CONTROLS_LEFT = ProblemCode(
    "LP-SAMPLE-006",
    "no cohort has a year with controls that are not treated yet",
    "add units that adopt later or never",
)
NOTHING_TO_IMPUTE = ProblemCode(
    "LP-SAMPLE-007",
    "no treated cell up to {latest} years after adoption lies in a year with an untreated unit",
    "raise latest, or add units that adopt later or never",
)
ADOPTION_GAP = ProblemCode(
    "LP-DATA-001",
    "staggered adoption: years {holes} are missing inside the window",
    "begin the sample after these years, or end it before them",
)
NO_FIRST_YEAR = ProblemCode(
    "LP-DATA-002",
    "first_year has no entry for {absent}",
    "give the year of adoption, or NaN for a unit that never adopts",
)
TREATED_FROM_THE_START = ProblemCode(
    "LP-DATA-003",
    "{early} are treated from {years} on",
    "leave these units out, or begin the sample earlier",
)
ONE_ADOPTION_TIME = ProblemCode(
    "LP-DATA-004",
    "staggered adoption needs two times of adoption, or units without it",
    "add units that adopt in another year or never",
)
LOST_WITHOUT_UNIT = ProblemCode(
    "LP-SAMPLE-008",
    "without {name} there is no estimate of {lost}",
    "estimate fewer event times, or add units that adopt in the year of {name}",
)
TREATED_AT_ONCE = ProblemCode(
    "LP-SAMPLE-009",
    "all units are treated at once: nothing is compared",
    "add units that adopt in another year or never",
)
TOO_FEW_UNITS_FOR_DEPENDENCE = ProblemCode(
    "LP-SAMPLE-010",
    "{n_units} units: dependence needs at least 2",
    "use two or more units",
)
INFINITE_RESIDUALS = ProblemCode(
    "LP-SAMPLE-011",
    "infinite residuals in {units}",
    "drop these units, or use variables without infinite values",
)
NO_RESIDUAL = ProblemCode(
    "LP-SAMPLE-012",
    "no residual at all in {units}",
    "drop these units",
)
CONSTANT_RESIDUAL = ProblemCode(
    "LP-SAMPLE-013",
    "residuals are constant in {units}",
    "drop these units",
)
UNBALANCED_FOR_WEIGHTS = ProblemCode(
    "LP-SAMPLE-014",
    "the weighted statistic needs a balanced panel; missing in {units}",
    "drop these units, or use the statistic without weights",
)
NO_COMMON_PERIODS = ProblemCode(
    "LP-SAMPLE-015",
    "no pair of units has three periods in common",
    "use a longer window",
)
ERROR_CORRECTION_COLLINEAR = ProblemCode(
    "LP-SAMPLE-016",
    "levels, differences and deterministics are collinear in {units}",
    "use fewer lags, leads or regressors, or drop these units",
)
REDRAWN_UNIT_STANDS_STILL = ProblemCode(
    "LP-SAMPLE-017",
    "Westerlund's bootstrap: redrawn years leave a unit whose regressors do not move",
    "use a longer window, or drop units in which they move in few years",
)
NO_MOMENTS = ProblemCode(
    "LP-SAMPLE-018",
    "{regressors} regressors: {author}'s moments exist for 1 to {tables}",
    "use at most {tables} regressors",
)
SIMULATION_TOO_LARGE = ProblemCode(
    "LP-SAMPLE-019",
    "{test}: simulating N={n}, T={t} would take over {most_cells} values for 200 draws",
    "use the asymptotic values at this size (finite_sample=False)",
)
IPS_TOO_MANY_LAGS = ProblemCode(
    "LP-SAMPLE-020",
    "ips: the moments of Im, Pesaran and Shin end at 8 lags; {lags} asked for",
    "use at most 8 lags",
)
IPS_TOO_FEW_PERIODS = ProblemCode(
    "LP-SAMPLE-021",
    "ips: the moments of Im, Pesaran and Shin for {lags} lags begin at T={first}, read "
    "here at T={t}",
    "use fewer lags, or a longer window",
)
LOST_WITHOUT_CLUSTER = ProblemCode(
    "LP-SAMPLE-022",
    "cr3 leaves one cluster out at a time, and without cluster {g} of {groups} the slopes are not"
    " identified",
    "use fewer regressors, other clusters, or cov='clustered'",
)
TOO_FEW_UNITS_AT_LAG = ProblemCode(
    "LP-SAMPLE-023",
    "serial correlation at lag {lag}: {size} units have two years {lag} apart, six are needed",
    "use a longer window or a shorter lag",
)
TOO_MANY_MEANS = ProblemCode(
    "LP-SAMPLE-024",
    "Mundlak's test of {k} means with {n_units} units: at most {most_means}",
    "use at most {most_means} regressors",
)
COLLINEAR_MEANS = ProblemCode(
    "LP-SAMPLE-025",
    "Mundlak's test: unit means of the regressors are collinear",
    "leave out one of the regressors with collinear means",
)
TOO_FEW_NEIGHBOURING_YEARS = ProblemCode(
    "LP-SAMPLE-026",
    "serial correlation in first differences: {groups} units have three years in a row, six are "
    "needed",
    "use a window without gaps",
)
ODD_OPTION = ProblemCode(
    "LP-OPTION-001",
    "cov={cov!r}: {name}{state}",
    "use {allowed}",
)
NO_CLUSTER = ProblemCode(
    "LP-OPTION-002",
    "cov={cov!r} needs cluster=",
    "give 'unit', 'year', a name of an index level or a Series{most_words}",
)
TOO_MANY_CLUSTER_KEYS = ProblemCode(
    "LP-OPTION-003",
    "cov={cov!r} has {n_keys} in cluster=",
    "give {allowed}",
)
CLUSTER_TWICE = ProblemCode(
    "LP-OPTION-004",
    "cluster= names {names!r} twice",
    "name two different keys",
)
WRONG_DRAWS = ProblemCode(
    "LP-OPTION-005",
    "draws={draws!r} is outside 99 to {most_draws}",
    "give a whole number of at least 99, at most {most_draws}",
)
WRONG_SEED = ProblemCode(
    "LP-OPTION-006",
    "seed={seed!r} is no seed",
    "give a whole number, zero or more",
)
INFERENCE_KEYS = ProblemCode(
    "LP-OPTION-007",
    "inference {way!r}: unknown keys: {unknown}; missing keys: {missing}",
    "write the keys {keys}; cov, correction and df are always needed",
)
UNBALANCED = ProblemCode(
    "LP-DATA-005",
    "{method} needs a balanced panel: {n_missing} of {n} cells are missing, the first {missing}",
    "use years or units without missing cells",
)
VARIES_TOO_LITTLE = ProblemCode(
    "LP-SAMPLE-027",
    "{least} varies too little once the effects are out for double precision",
    "leave it out",
)
NEAR_COLLINEAR = ProblemCode(
    "LP-SAMPLE-028",
    "two computations of the same coefficients differ, most for {worst}: the regressors are too "
    "close to collinear for double precision",
    "leave one of them out, or rescale it",
)
UNDER_THREE_CLUSTERS = ProblemCode(
    "LP-SAMPLE-029",
    "{groups} clusters: a clustered standard error needs three",
    "cluster by a key with three or more values",
)
UNKNOWN_CLUSTER = ProblemCode(
    "LP-OPTION-008",
    "cluster={key!r} is unknown",
    "give {names}, or a Series over the rows of y",
)
CLUSTER_ROWS_DIFFER = ProblemCode(
    "LP-DATA-006",
    "cluster series {name!r} does not have each row of y once",
    "give it the index of y, each row once",
)
CLUSTER_MISSING = ProblemCode(
    "LP-DATA-007",
    "cluster series {name!r} is missing at {row}",
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
    "y has the row {row} twice",
    "keep one row for each unit and year",
)
ROWS_DIFFER = ProblemCode(
    "LP-DATA-011",
    "y and x are not over the same rows in the same order ({missing} rows differ)",
    "drop or fill the missing rows, then call x.reindex(y.index)",
)
NOT_FINITE = ProblemCode(
    "LP-DATA-012",
    "{column} is {numbers} at {row} ({bad} such rows)",
    "leave these rows out of the sample; none is dropped here",
)
NO_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-030",
    "{n} rows for {k} regressors and {absorbed} unit and year effects: no degree of freedom "
    "remains",
    "use more years or fewer regressors",
)
ABSORBED = ProblemCode(
    "LP-DATA-013",
    "absorbed by the effects: {named}",
    "leave this regressor out",
)
OUTCOME_ABSORBED = ProblemCode(
    "LP-DATA-014",
    "{name} is explained by the effects alone: nothing to regress",
    "use an outcome that varies within units and within periods",
)
OUTCOME_COMBINATION = ProblemCode(
    "LP-DATA-015",
    "{name} is an exact combination of {columns} after removing the effects: the residual is zero",
    "leave out the regressor that defines the outcome",
)
COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-016",
    "{columns} is collinear with {others} once the effects are out",
    "leave one of them out",
)
NO_JOINT_TEST = ProblemCode(
    "LP-OPTION-009",
    "{label} has no joint test here",
    "use cr3:jackknife, or clustered with df='t(G-1)'",
)
TOO_FEW_CLUSTERS_FOR_TEST = ProblemCode(
    "LP-SAMPLE-031",
    "a joint test of {q} coefficients with {groups} clusters: at most {most_coefficients}",
    "test at most {most_coefficients} coefficients, or use more clusters",
)
SINGULAR_COVARIANCE = ProblemCode(
    "LP-SAMPLE-032",
    "{label}: the covariance of {names} is singular",
    "test fewer coefficients, or cluster by one key",
)
COVARIANCE_FORM = ProblemCode(
    "LP-OPTION-010",
    "{written!r} has another form",
    "write {form}",
)
BANDWIDTH_FORM = ProblemCode(
    "LP-OPTION-011",
    "{written!r} has no bandwidth in years",
    "write a whole number of years",
)
WEIGHT_NOT_POSITIVE = ProblemCode(
    "LP-OPTION-012",
    "the weight of {row} is not positive",
    "give positive weights, or drop the row",
)
LAGS_CROSS_YEARS = ProblemCode(
    "LP-SAMPLE-033",
    "{label}: years {holes} are missing, and lags do not cross a gap",
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
    "bandwidth {bandwidth!r} does not fit {rows} rows",
    "choose 0 to {largest}; a few lags are common at these lengths",
)
BLOCK_OF_ROWS = ProblemCode(
    "LP-SAMPLE-035",
    "block_length {block_length} does not fit {n_rows} rows",
    "choose 1 to {n_rows}",
)
REDRAWN_TOO_FEW_ROWS = ProblemCode(
    "LP-SAMPLE-036",
    "bootstrap of {estimator}, {options}: a panel of redrawn years leaves units fewer "
    "distinct rows than parameters",
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
    "poisson does not have the covariance {label}",
    "use HC0, HC1, or clustered with correction none, groups or reghdfe",
)
NEGATIVE_COUNT = ProblemCode(
    "LP-DATA-018",
    "{text}: the outcome is {value:g} in row {at}, below 0",
    "leave this row out of the sample, or use another estimator than poisson",
)
LOGIT_EFFECTS = ProblemCode(
    "LP-OPTION-014",
    "{text}: logit is conditional on one effect",
    "write one effect, such as | unit",
)
NO_COVARIANCE_OF_LOGIT = ProblemCode(
    "LP-OPTION-015",
    "logit does not have the covariance {label}",
    "write cov classical, correction none, df normal",
)
LOGIT_OUTCOME = ProblemCode(
    "LP-DATA-019",
    "{text}: the outcome of logit is 0 or 1",
    "write the outcome as 0 and 1, or use another estimator than logit",
)
OUTCOME_NEVER_CHANGES = ProblemCode(
    "LP-SAMPLE-039",
    "{text}: the outcome changes in no unit",
    "use a longer window, or another estimator than logit",
)
EXACT_ROWS = ProblemCode(
    "LP-SAMPLE-040",
    "HC2 and HC3 divide by 1 - h, which is zero in {n_rows} rows that the fit follows exactly",
    "use HC1, or leave out units with one row",
)
FEW_CLUSTERS = ProblemCode(
    "LP-SAMPLE-041",
    "{groups} clusters of {cluster}: at least {minimum_clusters} are needed",
    "cluster by a key with {minimum_clusters} or more values",
)
LAGS_CROSS_PERIODS = ProblemCode(
    "LP-SAMPLE-042",
    "{label}: periods {holes} are missing, and lags do not cross a gap",
    "use a window without gaps, or bandwidth 0",
)
ALL_UNITS_HAVE_GAPS = ProblemCode(
    "LP-SAMPLE-043",
    "{label}: a unit has a gap or two rows of one period, and lags do not cross a gap",
    "cluster by unit, or use bandwidth 0",
)
ROWS_OVER = ProblemCode(
    "LP-DATA-020",
    "{text}: the index of the {n_rows} rows is {names}",
    "give the rows an index of unit and period",
)
STANDS_TWICE = ProblemCode(
    "LP-DATA-021",
    "{text}: {twice} occurs twice",
    "write it once, before or after |",
)
OUTCOMES = ProblemCode(
    "LP-DATA-022",
    "{text}: {n_outcomes} outcomes",
    "write one outcome before ~",
)
EFFECT_LEVELS = ProblemCode(
    "LP-SAMPLE-116",
    "{text}: the effects but the largest have {levels} values together, more than {most}",
    "write fewer effects, or effects of fewer values",
)
WEIGHTS = ProblemCode(
    "LP-DATA-066",
    "{text}: weight {name} is {value} in row {row}",
    "give positive numbers, and leave other rows out",
)
NO_COLUMN = ProblemCode(
    "LP-DATA-023",
    "{text}: no column {name}",
    "write one of {keys}",
)
MISSING_ROWS = ProblemCode(
    "LP-DATA-024",
    "{text}: {name} is missing in {n_missing} rows",
    "fill this column, or leave these rows out of the sample",
)
ROWS_COEFFICIENTS = ProblemCode(
    "LP-SAMPLE-044",
    "{text}: {n} rows for {k} coefficients",
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
    "{text}: {n_rows} rows for {n_slopes} coefficients and {parameters} effects",
    "use a larger sample, fewer regressors or fewer effects",
)
TOO_FEW_INSTRUMENTS = ProblemCode(
    "LP-OPTION-018",
    "{text}: {instruments} instruments for {endogenous} endogenous regressors",
    "name at least as many instruments as endogenous regressors",
)
PERIOD_TWICE = ProblemCode(
    "LP-SAMPLE-046",
    "{text}: a unit has two rows of one period, so that no difference exists",
    "keep one row for each unit and period",
)
NO_NEIGHBOURING_PERIODS = ProblemCode(
    "LP-SAMPLE-047",
    "{text}: no unit has two neighbouring periods",
    "use a sample with neighbouring periods, or another estimator than first_differences",
)
NO_SPREAD_BETWEEN_UNITS = ProblemCode(
    "LP-SAMPLE-048",
    "{text}: one unit has no spread between units",
    "use two or more units, or another estimator than mean_group",
)
UNKNOWN_VARIABLE = ProblemCode(
    "LP-DATA-027",
    "{text}: no variable {missing}",
    "write one of {frame}",
)
NO_FINITE_VALUE = ProblemCode(
    "LP-DATA-029",
    "{text}: {column} has no finite value at {row}",
    "leave the row out of the sample, or the logarithm out of the model",
)
HAUSMAN_TAYLOR_UNBALANCED = ProblemCode(
    "LP-SAMPLE-049",
    "{text}: hausman_taylor needs a balanced panel",
    "use units that have every period",
)
NOTHING_VARIES_WITHIN = ProblemCode(
    "LP-SAMPLE-050",
    "{text}: no regressor varies within units",
    "add a regressor that varies within units, or use another estimator than hausman_taylor",
)
TOO_FEW_EXOGENOUS = ProblemCode(
    "LP-OPTION-019",
    "{text}: {n_exogenous} exogenous variables that vary within units, for {n_endogenous} endogenous ones "
    "that do not",
    "name at least as many exogenous variables that vary within units",
)
RANDOM_EFFECTS_UNBALANCED = ProblemCode(
    "LP-SAMPLE-051",
    "{text}: {method} needs a balanced panel",
    "use swamy_arora, or units that have every period",
)
TOO_FEW_FOR_UNIT_VARIANCE = ProblemCode(
    "LP-SAMPLE-052",
    "{text}: {n_units} units and {n} rows are too few for the variance of unit effects with {k} "
    "coefficients",
    "use more units or fewer regressors",
)
CCE_TOO_MANY_REGRESSORS = ProblemCode(
    "LP-SAMPLE-053",
    "pooled CCE with {regressors} regressors ({columns}): every unit needs {parameters} parameters of its"
    " own",
    "use at most {max_regressors} regressors",
)
CCE_TOO_FEW_YEARS = ProblemCode(
    "LP-SAMPLE-054",
    "pooled CCE: {t} years leave {residual_df} degrees of freedom a unit after a constant, {averages} "
    "averages and {slopes} slopes; {min_residual_df} are needed",
    "use a longer window or fewer regressors",
)
CCE_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-055",
    "pooled CCE: {n} units, averages over at least 3 are needed",
    "use three or more units",
)
NOTHING_BEYOND_AVERAGES = ProblemCode(
    "LP-DATA-030",
    "{name} does not vary beyond its cross-section averages{where}",
    "leave out this regressor or these units",
)
COLLINEAR_BEYOND_AVERAGES = ProblemCode(
    "LP-DATA-031",
    "{names} are collinear beyond their averages{where}",
    "leave out one of these regressors, or these units",
)
UNKNOWN_EXCLUDED_UNITS = ProblemCode(
    "LP-DATA-032",
    "the exclusions name units {strange}, which the data (interpolation {rule!r}) do not have",
    "remove these units from the exclusion, or add them to the sample",
)
NO_SPECIFICATION_ESTIMATED = ProblemCode(
    "LP-SAMPLE-056",
    "none of {n_infeasible} specifications can be estimated; the first because: {infeasible}",
    "use longer windows, more units or fewer covariates",
)
NO_ESTIMATE_TO_TEST = ProblemCode(
    "LP-SAMPLE-057",
    "outcome {outcome!r}: no estimate has six clusters, nothing to test",
    "use a sample with six or more units",
)
NO_NEIGHBOURING_YEARS = ProblemCode(
    "LP-DATA-033",
    "no two neighbouring years are in the sample",
    "use a sample with two neighbouring years",
)
YEARS_OF_DIFFERENCE = ProblemCode(
    "LP-DATA-034",
    "years {first} and {last} are not two years of the sample in this order",
    "give two years of the sample, the earlier first",
)
LONG_DIFFERENCE_UNITS = ProblemCode(
    "LP-SAMPLE-058",
    "long difference: {n} units for {k} slopes and a constant",
    "use more units or fewer regressors",
)
LONG_DIFFERENCE_LOST = ProblemCode(
    "LP-SAMPLE-059",
    "long difference: without {unit} the slopes are not identified, and HC3 leaves every unit "
    "out once",
    "use fewer regressors",
)
LAG_CROSSES_GAP = ProblemCode(
    "LP-DATA-035",
    "the lag crosses missing years {holes}",
    "use a window without gaps",
)
HALVES_TOO_SHORT = ProblemCode(
    "LP-SAMPLE-060",
    "half-panel jackknife: {t} usable years make halves of {half}, {min_half} are needed",
    "use a longer window",
)
HALVES_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-061",
    "half-panel jackknife: halves of {t} years of {n} units, each left out once, are too few for "
    "{k} slopes",
    "use more units, a longer window or fewer regressors",
)
FEW_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-062",
    "{df} degrees of freedom for {n_slopes} slopes",
    "use a larger sample or fewer regressors",
)
NOTHING_WITHIN = ProblemCode(
    "LP-DATA-036",
    "{names} does not vary once the effects are out",
    "leave this regressor out",
)
ALL_COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-037",
    "{names} are collinear once the effects are out",
    "leave one of them out",
)
TOO_MANY_FACTORS = ProblemCode(
    "LP-SAMPLE-063",
    "{factors} factors leave no degree of freedom in {n} units by {t} years",
    "use fewer factors, more units or a longer window",
)
FACTORS_NOT_FOUND = ProblemCode(
    "LP-SAMPLE-064",
    "interactive effects with {factors} factors: the search does not end in {steps} steps",
    "use fewer factors",
)
NOTHING_WITHOUT_UNITS = ProblemCode(
    "LP-SAMPLE-065",
    "{names}: no variation where some units are omitted or not drawn",
    "leave this regressor out",
)
NEGATIVE_LEVEL = ProblemCode(
    "LP-DATA-038",
    "outcome at {at} is {y:g}: PPML needs levels >= 0",
    "leave the rows below 0 out of the sample, or use another estimator than PPML",
)
SEPARATED_ZEROS = ProblemCode(
    "LP-DATA-039",
    "{n_rows} zeros, the first at {rows}, are separated from the rest by {named}: no finite PPML "
    "estimate exists",
    "leave those rows or that regressor out",
)
PPML_NOT_CONVERGED = ProblemCode(
    "LP-SAMPLE-066",
    "PPML did not converge in {steps} iterations",
    "leave out a regressor that separates zeros from the rest, or rescale the outcome",
)
NO_REGION = ProblemCode(
    "LP-DATA-040",
    "no region for units {missing}",
    "add them to a region of the scheme",
)
ONE_REGION = ProblemCode(
    "LP-DATA-041",
    "one region only ({labels}): nothing to compare",
    "use a scheme with two or more regions in the sample",
)
REGION_TOO_SMALL = ProblemCode(
    "LP-SAMPLE-067",
    "region {label}: {units} units, three are needed",
    "use a scheme with three or more units in each region",
)
TOO_FEW_CLUSTERS = ProblemCode(
    "LP-SAMPLE-068",
    "{what}: {items}; {minimum_clusters} are needed",
    "leave the region out of the comparison",
)
MORE_TERMS_THAN_UNITS = ProblemCode(
    "LP-SAMPLE-069",
    "{what}: {terms} terms, but {region} has {clusters} units, whose scores add up to zero",
    "test fewer terms than {region} has units",
)
TOO_MANY_RESTRICTIONS = ProblemCode(
    "LP-SAMPLE-070",
    "{what}: {q} restrictions with {total} units, more than (G-1)/2",
    "test fewer terms",
)
WRONG_PAIR = ProblemCode(
    "LP-DATA-042",
    "pair {pair} does not name two different regressors",
    "write two different names of {columns}",
)
PRODUCT_LOST_WITHOUT_UNIT = ProblemCode(
    "LP-SAMPLE-071",
    "cr3 leaves one unit out at a time and makes the product anew, and without {unit} the "
    "slopes are not identified",
    "use fewer regressors, or cov='clustered'",
)
NO_LEAD = ProblemCode(
    "LP-DATA-043",
    "no row has a lead",
    "use a sample with neighbouring years",
)
UNKNOWN_SWITCHING = ProblemCode(
    "LP-DATA-044",
    "switching={switching!r} is not a regressor",
    "write one of {columns}",
)
REGIME_MISSING = ProblemCode(
    "LP-DATA-045",
    "regime variable {name!r} has no value at {row} ({n_missing} such rows)",
    "use another window, or another regime variable",
)
NO_SPLIT_VALUE = ProblemCode(
    "LP-SAMPLE-072",
    "no value of the regime variable leaves {trim:.0%} of the rows on either side",
    "use a smaller trim, or a regime variable with more values",
)
NO_SPLIT = ProblemCode(
    "LP-SAMPLE-073",
    "no split of the rows by the regime variable identifies two slopes",
    "use a smaller trim, or another regime variable",
)
NO_LONG_CHANGE = ProblemCode(
    "LP-SAMPLE-074",
    "no unit has two values {lag} years apart",
    "use a shorter lag or a longer window",
)
TOO_FEW_ROWS_FOR_LAGS = ProblemCode(
    "LP-SAMPLE-075",
    "{test}: each of {regressions} regressions has fewer than {min_df} residual degrees "
    "of freedom: {value} rows, {k} parameters, {n} left with T={t}",
    "use fewer lags, fewer deterministics, or a longer window",
)
BREITUNG_TOO_FEW_ROWS = ProblemCode(
    "LP-SAMPLE-076",
    "breitung: {value} rows of each unit and {parameters} parameters leave {rows} degrees "
    "of freedom with T={periods}, {min_df} are needed",
    "use fewer lags, fewer deterministics, or a longer window",
)
BREITUNG_TOO_MANY_UNITS = ProblemCode(
    "LP-SAMPLE-077",
    "breitung: {units} units have {rows} rows each, and covariances between units need as "
    "many rows as units",
    "leave out robust, or use fewer units or a longer window",
)
HADRI_NO_VARIATION = ProblemCode(
    "LP-SAMPLE-079",
    "hadri: a unit has no variation around its deterministics",
    "drop units that follow their deterministics exactly",
)
LLC_WITHOUT_CONSTANT = ProblemCode(
    "LP-SAMPLE-080",
    "llc: without a constant the null distribution is not simulated",
    "use trend c or ct, or the asymptotic values (finite_sample=False)",
)
HT_TOO_FEW_TRANSITIONS = ProblemCode(
    "LP-SAMPLE-081",
    "ht: {rows} usable transitions less {parameters} parameters leave {residual_df} "
    "degrees of freedom per unit, at least 4 are needed",
    "use a longer window, fewer lags or fewer deterministics",
)
FISHER_DRIFT = ProblemCode(
    "LP-SAMPLE-082",
    "fisher: drift goes with trend c, not {trend}",
    "use trend c, or leave out drift",
)
CIPS_TOO_FEW_UNITS = ProblemCode(
    "LP-SAMPLE-083",
    "cips: {n} units; cross-section means need at least 3",
    "use three or more units",
)
PANIC_TOO_FEW_CHANGES = ProblemCode(
    "LP-SAMPLE-084",
    "PANIC with {factors} factors: {t} changes of {n} units are too few",
    "use fewer factors, or more units and years",
)
CHANGES_ARE_CONSTANT = ProblemCode(
    "LP-SAMPLE-085",
    "{columns} change by the same every year",
    "drop these units",
)
WINDOW_TOO_SHORT = ProblemCode(
    "LP-SAMPLE-086",
    "{what}: {parameters:g} parameters on {value} rows leave {left:.3g} residual degrees "
    "of freedom per unit, {needed} are needed for {purpose}",
    "{remedy}",
)
CONSTANT_IN_UNITS = ProblemCode(
    "LP-SAMPLE-087",
    "{name} is constant{after} in {named_units}",
    "drop this variable or these units",
)
NO_COMPLETE_PERIOD = ProblemCode(
    "LP-SAMPLE-088",
    "no period of {n_periods} has all {n_units} units; missing periods per unit: {worst}",
    "leave out those units",
)
FRAMES_DIFFER = ProblemCode(
    "LP-SAMPLE-089",
    "rows and columns of {name} differ from those of y",
    "reindex it to the rows and columns of y",
)
EMPTY_PANEL = ProblemCode(
    "LP-SAMPLE-090",
    "{periods} periods and {units} units: nothing to estimate",
    "add units or periods to the sample",
)
PERIODS_OUT_OF_ORDER = ProblemCode(
    "LP-SAMPLE-091",
    "periods are not in increasing order, or a label is there twice",
    "sort the periods, and keep each period and unit once",
)
GAP_INSIDE = ProblemCode(
    "LP-SAMPLE-092",
    "periods {some} are absent inside {first}-{last}: a gap is never closed up",
    "use the stretch before or after the gap",
)
INFINITE_CELLS = ProblemCode(
    "LP-SAMPLE-093",
    "{name} is infinite in {cells}: a logarithm of zero is undefined",
    "drop the unit, or use a variable without zeros",
)
UNITS_WITHOUT_VALUES = ProblemCode(
    "LP-SAMPLE-094",
    "{name} is missing in every period for {some}",
    "drop these units",
)
TOO_FEW_PERIODS = ProblemCode(
    "LP-SAMPLE-095",
    "{some}: {n_periods} periods are too few",
    "use a window of three or more periods",
)
EXACT_TREND = ProblemCode(
    "LP-SAMPLE-096",
    "{name} is an exact linear trend in {units}: collinear with trend='ct'",
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
    "choose another benchmark, or a smaller multiple",
)
NO_DF_FOR_BANDS = ProblemCode(
    "LP-OPTION-023",
    "{label} has no degrees of freedom for bands",
    "use cr3:jackknife, or clustered with df='t(G-1)'",
)
GAPS = ProblemCode(
    "LP-SAMPLE-111",
    "unbalanced panel, missing in {cells}: every unit is needed in every period, and a "
    "gap is never closed up",
    "{remedy}",
)
FORMULA_FORM = ProblemCode(
    "LP-FORMULA-001",
    "{text}, character {column}: {found} where {expected} is expected",
    "write y ~ x1 + x2, y ~ x | unit + year, or y ~ x | unit + year | w ~ z1 + z2",
)
FORMULA_FUNCTION = ProblemCode(
    "LP-FORMULA-002",
    "{text}, character {column}: no function {function}",
    "write one of {allowed}",
)
FORMULA_POWER = ProblemCode(
    "LP-FORMULA-003",
    "{text}: power {power} is beyond the bounds",
    "write a power of at most {most}; outside of functions a whole number from 1",
)
FORMULA_TERMS = ProblemCode(
    "LP-FORMULA-004",
    "{text}: {n_terms} terms or more",
    "write at most {most} terms",
)
FORMULA_LENGTH = ProblemCode(
    "LP-FORMULA-005",
    "the formula has {length} characters",
    "write at most {most} characters",
)
FORMULA_DEPTH = ProblemCode(
    "LP-FORMULA-006",
    "{text}: more than {most} brackets, functions or signs within each other",
    "write fewer of them",
)
FORMULA_FACTORS = ProblemCode(
    "LP-FORMULA-007",
    "{text}: an interaction of {n_factors} factors",
    "write at most {most} factors",
)
FORMULA_TERM = ProblemCode(
    "LP-FORMULA-008",
    "{text}: {found} where {expected} is expected",
    "put arithmetic in I(), and 0, 1 or -1 for the constant",
)
FORMULA_TEXT = ProblemCode(
    "LP-FORMULA-009",
    "{text}: {name} is text, and {function} takes numbers",
    "write C({name}), or another variable",
)
NEEDS_ROWS = ProblemCode(
    "LP-OPTION-030",
    "{label} needs the rows, which stay in the engine",
    "estimate in memory, or use one of {allowed}",
)
OF_ITS_ESTIMATOR = ProblemCode(
    "LP-OPTION-031",
    "{label} belongs to an estimator of its own",
    "use one of {allowed}",
)
OF_FORMULAS = ProblemCode(
    "LP-OPTION-032",
    "{label} is for models written as formulas",
    "use kind panel_models, or another covariance",
)
MOMENT_KEYS = ProblemCode(
    "LP-OPTION-033",
    "{text}: {wrong}",
    "give moments to difference_gmm and system_gmm, and two steps to windmeijer",
)
NO_PACKAGE = ProblemCode(
    "LP-OPTION-034",
    "{method} needs the package {package}, which is not installed",
    "install {package}: it is the extra `{extra}` of living-panel-econometrics",
)
NO_REFERENCE = ProblemCode(
    "LP-FORMULA-010",
    "{text}: no row has the value {value}",
    "write one of {levels} after ref=",
)
FEW_MOMENTS = ProblemCode(
    "LP-SAMPLE-117",
    "{instruments} instruments for {coefficients} coefficients that depend on each other, or no complete rows",
    "use more lags as instruments, more periods, or fewer regressors",
)
NO_PLACE = ProblemCode(
    "LP-DATA-067",
    "{text}: {name} is {value}, which is not a degree of latitude or longitude",
    "give latitudes from -90 to 90, longitudes from -180 to 180 or 0 to 360",
)
NO_POSITIVE_VARIANCE = ProblemCode(
    "LP-SAMPLE-118",
    "{text}: a variance within {cutoff} km is not positive",
    "use another cutoff",
)
