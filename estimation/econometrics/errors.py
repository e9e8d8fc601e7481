"""Why a statistic cannot be had: from the sample, from the rows and columns, from the options."""


class Infeasible(ValueError):
    """The sample cannot carry what is asked of it; the text has the counts and a remedy."""


class InvalidData(ValueError):
    """Rows or columns no estimate can use; the text names them and a remedy."""


class InvalidOption(ValueError):
    """A combination of options that has no meaning; the text lists what is allowed."""
