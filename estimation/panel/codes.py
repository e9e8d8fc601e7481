"""Problems of specs, samples and releases: codes, texts and fixes."""

from ingestion.problems import ProblemCode

TABLE = ProblemCode("LP-TABLE-000", "{text}")
SPEC = ProblemCode("LP-SPEC-000", "{text}")
SCHEMA = ProblemCode("LP-SCHEMA-000", "{text}")
