"""Problems of estimation inside an engine: codes, texts and fixes."""

from living_panel.problems import ProblemCode

ENGINE = ProblemCode("LP-ENGINE-000", "{text}")


SPARK_MISSING = ProblemCode(
    "LP-SPARK-001",
    "PySpark is not installed",
    "install the extra `spark`: `pip install 'living-panel[spark]'`, in the version of the cluster",
)
NO_JAVA = ProblemCode(
    "LP-SPARK-002",
    "Spark's driver needs Java 17, and no java is on the path or in JAVA_HOME",
    "install a Java runtime (Debian: openjdk-17-jre-headless), or use `remote:`, which needs none",
)
SPARK_UNREACHABLE = ProblemCode(
    "LP-SPARK-003", "nothing listens at {address}", "start the cluster, or correct `{option}`"
)
SPARK_ADDRESS = ProblemCode(
    "LP-SPARK-004",
    "{address} is not an address of the form {form}",
    "write host and port; put credentials into SPARK_AUTH_SECRET or SPARK_CONNECT_AUTHENTICATE_TOKEN",
)
SPARK_REFUSED = ProblemCode(
    "LP-SPARK-005",
    "{address} refuses the credentials ({status})",
    "renew the token in SPARK_CONNECT_AUTHENTICATE_TOKEN",
)
SPARK_VERSION = ProblemCode(
    "LP-SPARK-006",
    "{address} runs Spark {server}, this client is PySpark {client}",
    "run `pip install pyspark=={server}`, the version of the cluster",
)
SPARK_FAILED = ProblemCode(
    "LP-SPARK-007",
    "{address} does not start a session ({kind}): {reason}",
    "compare SPARK_AUTH_SECRET with the cluster's secret, then read the log of the cluster",
)
NOTHING_EXTRACTED = ProblemCode(
    "LP-SPARK-008",
    "{root} has no stage `extracted`",
    "run `make run` on this data root first",
)
LOST_WITHOUT_CLUSTER = ProblemCode(
    "LP-SAMPLE-102",
    "cr3 leaves one cluster out at a time, and without cluster {level} the slopes of {terms} are "
    "not identified",
    "use fewer regressors, other clusters, or cov='clustered'",
)
TOO_MANY_PERIODS = ProblemCode(
    "LP-SAMPLE-103",
    "{n_values} periods are more than cr3 and the bootstrap keep",
    "use at most 62 periods, or cov='clustered'",
)
CLUSTERS_DO_NOT_NEST = ProblemCode(
    "LP-SAMPLE-104",
    "the clusters do not nest {unit}: {pairs} pairs with a cluster for {levels} levels",
    "use a coarser cluster key, or cov='clustered'",
)
TOO_MANY_CLUSTERS = ProblemCode(
    "LP-SAMPLE-105",
    "{g} clusters with {t} periods and {m} columns: too many for cr3 or the bootstrap",
    "use coarser clusters, or cov='clustered'",
)
NO_COLUMNS = ProblemCode(
    "LP-DATA-046",
    "x has no columns",
    "name at least one regressor",
)
COLUMNS_TWICE = ProblemCode(
    "LP-DATA-047",
    "x has columns twice: {x}",
    "name each regressor once",
)
MISSING_CELLS = ProblemCode(
    "LP-DATA-048",
    "{kind} {name} is missing{kind_words} in {count} row(s), the first at ({unit}={unit_at}, "
    "{period}={period_at}): {value}",
    "leave the rows out of the table; none is dropped here",
)
TABLE_CHANGED = ProblemCode(
    "LP-DATA-049",
    "{outcome} or a regressor has values whose squares add up to more than a double holds; or rows"
    " changed while they were read",
    "divide the columns by a power of ten",
)
KEYS_TWICE = ProblemCode(
    "LP-DATA-050",
    "{count} pair(s) of keys occur more than once, the first ({unit}={unit_at}, {period}={period_at}) "
    "{times} times",
    "keep one row for each pair of keys",
)
NO_COLUMN = ProblemCode(
    "LP-DATA-051",
    "column {name!r} is not there",
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
    "{scan}: the engine stopped ({kind}: {words}). Nothing was kept",
    "correct what the message names; for memory raise memory_limit or free the spill folder's disk",
)
ONE_ROW_A_LEVEL = ProblemCode(
    "LP-SAMPLE-106",
    "every level of {key} has one row: its effects explain everything ({n} rows, {n_units} and "
    "{n_periods} levels)",
    "use a coarser key",
)
NO_DEGREES_OF_FREEDOM = ProblemCode(
    "LP-SAMPLE-107",
    "{n} rows for {k} regressors and {absorbed} effects of {unit} and {period}: no degree of "
    "freedom remains",
    "use more periods or fewer regressors",
)
ABSORBED = ProblemCode(
    "LP-DATA-054",
    "absorbed by the effects: {absorbed} (constant, constant within every {unit}, or the same for"
    " all in every {period})",
    "leave these regressors out",
)
OUTCOME_ABSORBED = ProblemCode(
    "LP-DATA-055",
    "{outcome} is explained by the effects alone: nothing to regress",
    "use an outcome that varies within units and within periods",
)
COLLINEAR_WITHIN = ProblemCode(
    "LP-DATA-056",
    "{involved} are collinear once the effects are out",
    "leave one of them out",
)
TOO_MANY_LEVELS = ProblemCode(
    "LP-SAMPLE-108",
    "{unit} and {period} both have more than {most_periods} levels: one effect is absorbed, the "
    "other kept as dummies",
    "use a coarser key for one of them",
)
NO_ROWS = ProblemCode(
    "LP-DATA-057",
    "no rows are there",
    "name files that hold rows, or widen the filter on them",
)
CLUSTER_FORM = ProblemCode(
    "LP-OPTION-020",
    "cluster= holds a Series",
    "give names of the table's columns",
)
CLUSTER_NOT_NAMED = ProblemCode(
    "LP-OPTION-021",
    "clusters {unknown} were not named when the fit was made",
    "name them as clusters when you make the fit",
)
UNDER_THREE_CLUSTERS = ProblemCode(
    "LP-SAMPLE-109",
    "{groups} clusters: a clustered standard error needs three",
    "cluster by a key with three or more values",
)
NO_SPILL_FOLDER = ProblemCode(
    "LP-ENGINE-002",
    "there is no folder to spill to",
    "create this folder, or name another one as temp_directory",
)
