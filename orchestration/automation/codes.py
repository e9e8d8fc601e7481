"""Problems of automation: codes, texts and fixes."""

from living_panel.problems import ProblemCode

STEP_STOPPED = ProblemCode("LP-LAUNCH-005", "stopped before it ended", "start it again")
EDITION_RANGE = ProblemCode(
    "LP-LAUNCH-004",
    "editions from {start} to {end} are not a range",
    "write two of {keys}, the earlier first",
)
