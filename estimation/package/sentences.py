"""Problems of packages: codes, texts and fixes."""

from living_panel.codes import Code, Sentence

UNSTABLE = Sentence(
    Code.PACKAGE_UNSTABLE,
    "the numbers of the table change if the rows of the data are in another order",
    "give every random draw a seed, and sort by a key without ties",
)
UNREADABLE = Sentence(
    Code.PACKAGE_ARCHIVE,
    "the file cannot be read as a package: {reason}",
    "get an unchanged copy of the archive",
)


_AGAIN = "get an unchanged copy of the archive"
ARCHIVE_LIMIT = Sentence(
    Code.PACKAGE_ARCHIVE,
    "the archive has {found} {unit}, but a package has at most {limit}",
    _AGAIN,
)
MEMBER_KIND = Sentence(
    Code.PACKAGE_ARCHIVE,
    "the archive contains {kind}, but a package contains only plain files",
    _AGAIN,
)
NAME_TWICE = Sentence(Code.PACKAGE_ARCHIVE, "the archive contains this name twice", _AGAIN)
NAME_FORM = Sentence(
    Code.PACKAGE_ARCHIVE, "the archive contains {name}, which is not a valid file name", _AGAIN
)
SEVERAL_FOLDERS = Sentence(
    Code.PACKAGE_ARCHIVE,
    "the archive contains {number} folders, but a package is one folder",
    _AGAIN,
)
FILE_MISSING = Sentence(Code.PACKAGE_MISSING, "this file of the package is missing", _AGAIN)
DESCRIPTION_FORM = Sentence(
    Code.PACKAGE_ARCHIVE,
    "the file does not describe a package: {reason}",
    "run `make package` again",
)

RESULT_UNREADABLE = Sentence(
    Code.PACKAGE_UNREADABLE,
    "the file cannot be read as a result: {reason}",
    "run `make package` again",
)


STATED_HASH = Sentence(
    Code.PACKAGE_RESULTS,
    "the file contradicts the rest of the package: {found} instead of {expected}",
    "do not use this result: the package was changed after it was made",
)
OTHER_NUMBERS = Sentence(
    Code.PACKAGE_NUMBERS,
    "{number} cells differ from the cells estimated here; the first is {cell}: package {stated}, here {found}",
    "compare the cells of the report with results/",
)


OTHER_DATA = Sentence(
    Code.PACKAGE_DATA,
    "the data differ from data made here from the package's own files",
    "compare it with papers/ and data/",
)
NOT_ESTIMATED = Sentence(
    Code.PACKAGE_RUN,
    "this table could not be estimated here: {reason}",
    "correct the cause in the message",
)
CHECK_STOPPED = Sentence(
    Code.PACKAGE_NOT_CHECKED,
    "the check was stopped: {reason}",
    "check the package on a machine with more memory or time, or do not trust the package",
)


NOT_INSTALLED = Sentence(
    Code.NOT_INSTALLED,
    "the packages could not be installed from wheels: {reason}",
    "read the message of uv, or give an environment with PYTHON=…",
)


RUN_OUTPUT = Sentence(
    Code.PACKAGE_RUN,
    "the program's result cannot be used: {reason}",
    "read the last lines of its output",
)

OTHER_OUTPUT = Sentence(
    Code.PACKAGE_OUTPUT,
    "{number} cells that the package's program wrote differ from results/; the first is {cell}: "
    "results {stated}, program {found}",
    "read the package's program: it does not produce its results",
)
NOT_REMADE = Sentence(
    Code.PACKAGE_CHANGED,
    "this is not the file that the program makes from the package: {difference}",
    "do not rely on this file: it was changed or added after the package was made",
)


PERSONAL = Sentence(
    Code.SCAN_FILES,
    "the file may contain personal data: {found}",
    "remove them, or state that they may be published",
)


DRIFTED = Sentence(
    Code.MANUSCRIPT_DRIFTED,
    "{key}: the text says {printed}, the stored value is {stored}",
    "correct the text, or run `make docs` for the README",
)
