"""Problems of workers' outputs: codes, texts and fixes."""

from living_panel.problems import ProblemCode

LONG_STATA_NAMES = ProblemCode(
    "LP-ASSET-010",
    "marts.panel has columns whose names are too long for Stata: {long}",
    "shorten the names in the seed measures.csv",
)
NO_RELEASE = ProblemCode(
    "LP-ASSET-011",
    "this edition or date has no release yet",
    "run `make run`, or materialise release/panel first",
)
