"""Problems of estimation inside an engine: codes, texts and fixes."""

from living_panel.problems import ProblemCode

ENGINE = ProblemCode("LP-ENGINE-000", "{text}")


SPARK_MISSING = ProblemCode(
    "LP-SPARK-001",
    "PySpark is not installed",
    "install the extra `spark`: `pip install 'living-panel[spark]'`, with the PySpark version of the cluster",
)
NO_JAVA = ProblemCode(
    "LP-SPARK-002",
    "Spark's driver needs Java 17, but neither PATH nor JAVA_HOME has a java",
    "install a Java runtime (Debian: openjdk-17-jre-headless), or use `remote:`, which does not need Java",
)
SPARK_UNREACHABLE = ProblemCode(
    "LP-SPARK-003",
    "no Spark server responds at {address}",
    "start the cluster, or correct `{option}`",
)
SPARK_ADDRESS = ProblemCode(
    "LP-SPARK-004",
    "{address} is not an address of the form {form}",
    "write one address of this form; put a password into the environment variable SPARK_AUTH_SECRET (spark://) or "
    "SPARK_CONNECT_AUTHENTICATE_TOKEN (sc://)",
)
SPARK_REFUSED = ProblemCode(
    "LP-SPARK-005",
    "{address} rejects the credentials ({status})",
    "renew the token in SPARK_CONNECT_AUTHENTICATE_TOKEN",
)
SPARK_VERSION = ProblemCode(
    "LP-SPARK-006",
    "{address} runs Spark {server}, but PySpark here is {client}",
    "run `pip install pyspark=={server}` to match the cluster",
)
SPARK_FAILED = ProblemCode(
    "LP-SPARK-007",
    "{address} does not start a session ({kind}): {reason}",
    "compare SPARK_AUTH_SECRET with the cluster's secret, then read the log of the cluster",
)
NOTHING_EXTRACTED = ProblemCode(
    "LP-SPARK-008",
    "{root} has no extracted data",
    "run `make run` on this data root first",
)
LOST_WITHOUT_CLUSTER = ProblemCode(
    "LP-SAMPLE-102",
    "cr3 omits one cluster at a time; without cluster {level} the slopes of {terms} are not identified",
    "use fewer regressors, other clusters, or cov='clustered'",
)
TOO_MANY_PERIODS = ProblemCode(
    "LP-SAMPLE-103",
    "the data have {n_values} periods, too many for cr3 and the bootstrap",
    "use at most 62 periods, or cov='clustered'",
)
CLUSTERS_DO_NOT_NEST = ProblemCode(
    "LP-SAMPLE-104",
    "the clusters do not nest the levels of {unit}: {levels} levels occur in {pairs} pairs with a cluster",
    "use a coarser cluster key, or cov='clustered'",
)
TOO_MANY_CLUSTERS = ProblemCode(
    "LP-SAMPLE-105",
    "{g} clusters with {t} periods and {m} columns are too many for cr3 or the bootstrap",
    "use coarser clusters, or cov='clustered'",
)
NO_COLUMNS = ProblemCode(
    "LP-DATA-046",
    "x has no columns",
    "name at least one regressor",
)
COLUMNS_TWICE = ProblemCode(
    "LP-DATA-047",
    "x has several columns with the same name: {x}",
    "name each regressor once",
)
MISSING_CELLS = ProblemCode(
    "LP-DATA-048",
    "{kind} {name} is missing{kind_words} in {count} row(s), first at {unit}={unit_at}, "
    "{period}={period_at}: {value}",
    "leave these rows out of the table yourself; the function drops no row",
)
TABLE_CHANGED = ProblemCode(
    "LP-DATA-049",
    "{outcome} or a regressor has values too large to square and add in double precision, or rows "
    "changed during reading",
    "divide the columns by a power of ten",
)
KEYS_TWICE = ProblemCode(
    "LP-DATA-050",
    "{count} pair(s) of keys occur more than once; {unit}={unit_at}, {period}={period_at} occurs {times} times",
    "keep one row for each pair of keys",
)
NO_COLUMN = ProblemCode(
    "LP-DATA-051",
    "the data have no column {name!r}",
    "write one of {columns}",
)
KEY_TYPE = ProblemCode(
    "LP-DATA-052",
    "key {key} has type {type}",
    "convert the key to whole numbers",
)
NOT_NUMBERS = ProblemCode(
    "LP-DATA-053",
    "{name} has type {type}; expected numbers",
    "convert the column to numbers",
)
ENGINE_STOPPED = ProblemCode(
    "LP-ENGINE-001",
    "{scan}: the engine stopped ({kind}: {words}). It stored no result",
    "correct the cause in the message; if memory is short, raise memory_limit or free disk space in "
    "the spill folder",
)
ONE_ROW_A_LEVEL = ProblemCode(
    "LP-SAMPLE-106",
    "every level of {key} has one row, so the effects explain everything ({n} rows, {n_units} and "
    "{n_periods} levels)",
    "use a coarser key",
)
NO_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-107",
    "{n} rows for {k} regressors and {absorbed} effects of {unit} and {period} leave no degree of freedom",
    "use more periods or fewer regressors",
)
ABSORBED = ProblemCode(
    "LP-DATA-054",
    "the effects absorb {absorbed} (constant, constant within each {unit}, or equal for all in each {period})",
    "leave these regressors out",
)
OUTCOME_ABSORBED = ProblemCode(
    "LP-DATA-055",
    "the effects alone explain {outcome} completely, so the regression has nothing to explain",
    "use an outcome that varies within units and within periods",
)
COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-056",
    "after the effects are removed, {involved} are collinear",
    "leave one of them out",
)
TOO_MANY_LEVELS = ProblemCode(
    "LP-SAMPLE-108",
    "{unit} and {period} both have more than {most_periods} levels; one of the two must have fewer",
    "use a coarser key for one of them",
)
NO_ROWS = ProblemCode(
    "LP-DATA-057",
    "the data have no rows",
    "name files that contain rows, or widen the filter on them",
)
CLUSTER_FORM = ProblemCode(
    "LP-OPTION-020",
    "cluster= is a Series, but must be names",
    "give names of columns of the table",
)
CLUSTER_NOT_NAMED = ProblemCode(
    "LP-OPTION-021",
    "the fit was made without the clusters {unknown}",
    "name them as clusters when you make the fit",
)
UNDER_THREE_CLUSTERS = ProblemCode(
    "LP-SAMPLE-109",
    "a clustered standard error needs at least three clusters, but there are {groups}",
    "cluster by a key with three or more values",
)
NO_SPILL_FOLDER = ProblemCode(
    "LP-ENGINE-002",
    "the folder for temporary files does not exist",
    "create this folder, or name another one as temp_directory",
)
