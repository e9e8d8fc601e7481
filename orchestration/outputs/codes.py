"""Problems of workers' outputs: codes, texts and fixes."""

from living_panel.problems import ProblemCode

LONG_STATA_NAMES = ProblemCode(
    "LP-ASSET-010",
    "marts.panel: columns too long for Stata: {long}",
    "shorten the names in the seed measures.csv",
)
NO_RELEASE = ProblemCode(
    "LP-ASSET-011",
    "no release of this vantage yet",
    "run `make run`, or materialise release/panel first",
)
