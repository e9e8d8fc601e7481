"""Problems of estimators: codes, texts and fixes."""

from ingestion.problems import ProblemCode

OPTION = ProblemCode("LP-OPTION-000", "{text}")
DATA = ProblemCode("LP-DATA-000", "{text}")
SAMPLE = ProblemCode("LP-SAMPLE-000", "{text}")
ARGUMENT = ProblemCode("LP-ARGUMENT-001", "{function}: {argument} is {value}", "give {allowed}")
