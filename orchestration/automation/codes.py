"""Problems of automation: codes, texts and fixes."""

from ingestion.problems import ProblemCode

EDITION_RANGE = ProblemCode(
    "LP-LAUNCH-004",
    "editions from {start} to {end}: expected two of {keys}, the earlier first",
)
