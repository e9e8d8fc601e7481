"""Problems of estimation inside an engine: codes, texts and fixes."""

from ingestion.problems import ProblemCode

ENGINE = ProblemCode("LP-ENGINE-000", "{text}")
