"""Why a statistic cannot be had: from the sample, from the rows and columns, from the options."""

from estimation.econometrics import codes
from ingestion.problems import ProblemError


class Infeasible(ProblemError, ValueError):
    """The sample cannot carry what is asked of it; the text has the counts and a remedy."""

    general = codes.SAMPLE


class InvalidData(ProblemError, ValueError):
    """Rows or columns no estimate can use; the text names them and a remedy."""

    general = codes.DATA


class InvalidOption(ProblemError, ValueError):
    """A combination of options that has no meaning; the text lists what is allowed."""

    general = codes.OPTION
