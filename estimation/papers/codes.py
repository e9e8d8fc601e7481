"""Problems of the files of a printed paper: codes, texts and fixes."""

from ingestion.problems import ProblemCode

PAPER = ProblemCode("LP-PAPER-000", "{text}")
