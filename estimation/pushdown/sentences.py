"""Problems of estimation inside an engine: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

SPARK_MISSING = Sentence(
    Code.NOT_INSTALLED,
    "PySpark is not installed",
    "install the extra `spark`: `pip install 'living-panel[spark]'`, with the PySpark version of the cluster",
)


SPARK_ADDRESS = Sentence(
    Code.SPARK,
    "{address} is not an address of the form {form}",
    "write one address of this form; put a password into the environment variable SPARK_AUTH_SECRET (spark://) or "
    "SPARK_CONNECT_AUTHENTICATE_TOKEN (sc://)",
)


UNDER_THREE_CLUSTERS = Sentence(
    Code.SAMPLE_CLUSTERS,
    "a clustered standard error needs at least three clusters, but there are {groups}",
    "cluster by a key with three or more values",
)
