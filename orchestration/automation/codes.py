"""Problems of automation: codes, texts and fixes."""

from living_panel.problems import ProblemCode

STEP_STOPPED = ProblemCode("LP-LAUNCH-005", "the run stopped before its end", "start it again")
EDITION_RANGE = ProblemCode(
    "LP-LAUNCH-004",
    "{start} to {end} is not a range of editions",
    "write two of {keys}, the earlier first",
)
