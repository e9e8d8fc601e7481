"""Problems of estimators: codes, texts and fixes."""

from ingestion.problems import ProblemCode

OPTION = ProblemCode("LP-OPTION-000", "{text}")
DATA = ProblemCode("LP-DATA-000", "{text}")
SAMPLE = ProblemCode("LP-SAMPLE-000", "{text}")
EXACT_FIT = ProblemCode(
    "LP-SAMPLE-001",
    "{test}: the regression fits {count} units exactly{where}: a deterministic series has no unit-root test",
    "leave it out",
)
COLLINEAR = ProblemCode(
    "LP-SAMPLE-002",
    "{test}: a column of the regression is constant or collinear with the others ({count} cases){where}",
    "use fewer lags or deterministics, or leave these units out",
)
ARGUMENT = ProblemCode("LP-ARGUMENT-001", "{function}: {argument} is {value}", "give {allowed}")
