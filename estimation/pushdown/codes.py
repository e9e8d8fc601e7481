"""Problems of estimation inside an engine: codes, texts and fixes."""

from ingestion.problems import ProblemCode

ENGINE = ProblemCode("LP-ENGINE-000", "{text}")


SPARK_MISSING = ProblemCode(
    "LP-SPARK-001",
    "PySpark is not installed",
    "pip install 'pyspark[connect]', in the version of the cluster",
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
    "install the PySpark of the cluster: pip install pyspark=={server}",
)
SPARK_FAILED = ProblemCode(
    "LP-SPARK-007",
    "{address} does not start a session ({kind}): {reason}",
    "compare SPARK_AUTH_SECRET with the cluster's secret, then read the log of the cluster",
)
NOTHING_EXTRACTED = ProblemCode(
    "LP-SPARK-008",
    "{root} has no stage `extracted`",
    "call `make run` on this data root first",
)
