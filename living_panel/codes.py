"""Codes of problems by what a user does about them, and the sentences in which they are said.

A program acts on a code and on fields. The sentence stands where the problem is raised; one that several places
raise stands in the module `sentences` of its folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any, Self

from living_panel.problems import NOWHERE, Place, Problem, field_names, filled


class NoFix(Enum):
    """Reason for a sentence without a fix."""

    SUMMARY = "This text introduces or quotes other problems, and their texts give the fixes."
    PART = "Another problem quotes this text, mostly as the expected value, and gives the fix."
    NOTE = "This text is a note under a table: it names values that the data lack."


class Code(StrEnum):
    """A kind of problem: its printed name and its meaning, which never changes.

    A code that is no longer used is not given to another kind. docs/errors/former.csv leads from the numbered
    codes of versions before 0.6.0 to these.
    """

    meaning: str

    def __new__(cls, name: str, meaning: str = "") -> Self:  # noqa: D102
        code = str.__new__(cls, name)
        code._value_ = name
        code.meaning = meaning
        return code

    def __call__(
        self, text: str, fix: str | NoFix, place: Place = NOWHERE, /, **fields: Any
    ) -> Problem:
        """Return a problem of this kind.

        Parameters
        ----------
        text, fix : str
            Templates with the fields in braces, as in `str.format`. A sequence is joined with commas; the
            format `or` quotes its members and joins them with "or"; of an empty one it says "a known name".
            A member of `NoFix` says why there is no fix.
        place : Place
            Where the problem is.
        **fields
            Values of the fields of both templates.

        Raises
        ------
        TypeError
            If the fields are not those of the templates.
        """
        template = text, "" if isinstance(fix, NoFix) else fix
        if set(fields) != (wanted := field_names(template)):
            raise TypeError(f"{self} has fields {sorted(wanted)}, not {sorted(fields)}: {text}")
        shown, mended = (filled(part, fields) for part in template)
        return Problem(self.value, place, fields, mended, shown, template)

    # fmt: off

    # -- any command
    GENERAL = "LP-GENERAL", "a text without a code of its own; it contains its fix"
    COMMAND = "LP-COMMAND", "a command, or one of its arguments, is not as the command needs it"
    ANSWER = "LP-ANSWER", "a question is not answered, or its answer does not fit"
    NAME_FORM = "LP-NAME-FORM", "a new name cannot be used"
    NAME_TAKEN = "LP-NAME-TAKEN", "something with this name is there already"
    BUSY = "LP-BUSY", "another process uses what this command needs"
    NOT_BUILT = "LP-NOT-BUILT", "the results that are asked for have not been made yet"
    UNKNOWN_STATE = "LP-UNKNOWN-STATE", "there is no such state, release, artifact or snapshot"
    AS_OF = "LP-AS-OF", "the edition or date of AS_OF cannot be used"
    UNKNOWN_TABLE = "LP-UNKNOWN-TABLE", "there is no table, block or finding of this name"
    DISK_FULL = "LP-DISK-FULL", "the disk is full, or a quota or a limit of file sizes is reached"
    DISK_ACCESS = "LP-DISK-ACCESS", "a path or database cannot be written or opened"
    LIMIT = "LP-LIMIT", "there is not enough memory or time"
    ENVIRONMENT = "LP-ENVIRONMENT", "a variable of the environment is unknown or has a wrong value"
    NOT_INSTALLED = "LP-NOT-INSTALLED", "a package or program is not installed, or has an unsuitable version"
    FORMER_VERSION = "LP-FORMER-VERSION", "a file was written for another version of this program"

    # -- data root, workspace, platform
    ROOT = "LP-ROOT", "the data root cannot be used"
    UNKNOWN_ENTRY = "LP-UNKNOWN-ENTRY", "there is no such file or entry to withdraw or to note as deleted"
    DAMAGED = "LP-DAMAGED", "a file that the program made cannot be read; a run makes it again"
    WORKSPACE = "LP-WORKSPACE", "the folder is no workspace, or its file has a wrong key"
    BACKUP = "LP-BACKUP", "a backup cannot be written or restored"
    REQUEST_HOST = "LP-REQUEST-HOST", "the server of the UI does not accept the name of the host"
    REQUEST_PAGE = "LP-REQUEST-PAGE", "another page asks the server of the UI for a change"
    REQUEST_FORM = "LP-REQUEST-FORM", "a change is not sent as the server of the UI takes it"
    REQUEST_QUERY = "LP-REQUEST-QUERY", "an address holds a query of GraphQL"
    DBT_FAILED = "LP-DBT-FAILED", "dbt stopped"
    DBT_VALUES = "LP-DBT-VALUES", "values fail a test of the warehouse"

    # -- files of sources: archive, receipts, catalog
    FILE_PLACE = "LP-FILE-PLACE", "a file or folder is at a wrong place"
    FILE_NAME = "LP-FILE-NAME", "a file must be renamed"
    FILE_MISSING = "LP-FILE-MISSING", "a file does not exist"
    FILE_UNREADABLE = "LP-FILE-UNREADABLE", "a file cannot be read"
    ARCHIVE_CHANGED = "LP-ARCHIVE-CHANGED", "the archive differs from its receipts"
    ARCHIVE_CONFLICT = "LP-ARCHIVE-CONFLICT", "a new file and an archived vintage cannot both be right"
    NOTHING_TAKEN = "LP-NOTHING-TAKEN", "no file was taken from landing; the problems are listed with it"
    FILE_IN_DOUBT = "LP-FILE-IN-DOUBT", "values of a file fail tests of the warehouse"
    WITHDRAWN = "LP-WITHDRAWN", "a file is or was withdrawn"
    RECEIPT_MISSING = "LP-RECEIPT-MISSING", "a file has no receipt"
    RECEIPT_FORM = "LP-RECEIPT-FORM", "a receipt or page of answers is not written as it must be"
    CATALOG_UNKNOWN = "LP-CATALOG-UNKNOWN", "the catalog does not list this source, edition or series"
    CATALOG_ENTRY = "LP-CATALOG-ENTRY", "an edition or series cannot be added to the catalog"
    CATALOG_FORM = "LP-CATALOG-FORM", "a catalog is not written as it must be"
    LAYOUT_FORM = "LP-LAYOUT-FORM", "a layout is not written as it must be"
    SEED = "LP-SEED", "a line of a seed is missing or does not fit"
    RAW = "LP-RAW", "a raw file or its receipt is missing or changed, or the SQL that prepares it fails"

    # -- what a file says
    READ_FORM = "LP-READ-FORM", "the file has another form than expected"
    READ_DAMAGED = "LP-READ-DAMAGED", "the file cannot be read to its end"
    READ_LIMIT = "LP-READ-LIMIT", "the file exceeds a limit of size, time or memory"
    READ_ENCODING = "LP-READ-ENCODING", "the text is in another encoding"
    READ_EMPTY = "LP-READ-EMPTY", "values are missing where they are expected"
    READ_ACTIVE = "LP-READ-ACTIVE", "the file contains macros, entities, outside paths or hidden text"
    READ_TABLE = "LP-READ-TABLE", "the table is not in the file, or no layout covers it"
    READ_HEADER = "LP-READ-HEADER", "the header differs"
    READ_ROW = "LP-READ-ROW", "a row or word does not fit its table"
    READ_YEAR = "LP-READ-YEAR", "the year or period is missing or differs"
    READ_UNIT = "LP-READ-UNIT", "the unit is missing or differs"
    READ_REGION = "LP-READ-REGION", "the region is missing or differs"
    READ_NUMBER = "LP-READ-NUMBER", "the cell is not a number"
    READ_CONTRADICTION = "LP-READ-CONTRADICTION", "two statements of the file differ"
    READ_NOT_STATED = "LP-READ-NOT-STATED", "neither the file nor the receipt states this fact"
    ALIGN_MOVED = "LP-ALIGN-MOVED", "parts of a file are elsewhere, or headers in another form; nothing need be done"
    ALIGN_DIFFERS = "LP-ALIGN-DIFFERS", "columns, rows or the title of a new edition differ from the layout"
    ALIGN_TABLES = "LP-ALIGN-TABLES", "a new edition has other tables than the edition before"
    HISTORY_LOST = "LP-HISTORY-LOST", "values that an earlier file of this edition has are missing"
    HISTORY_GAP = "LP-HISTORY-GAP", "values are missing that other years, editions or the coverage lead to expect"
    HISTORY_DOUBT = "LP-HISTORY-DOUBT", "a unit or values are unlike those of earlier editions, or are marked"
    HISTORY_REVISED = "LP-HISTORY-REVISED", "values differ from those of an earlier edition"

    # -- fetching
    FETCH_REFUSED = "LP-FETCH-REFUSED", "the server or its robots.txt forbids programs"
    FETCH_ADDRESS = "LP-FETCH-ADDRESS", "an address of the catalog is wrong or has moved"
    FETCH_NO_ANSWER = "LP-FETCH-NO-ANSWER", "the server does not respond, or not to the end"
    FETCH_ANSWER = "LP-FETCH-ANSWER", "the response is not what was asked for"
    FETCH_LACKING = "LP-FETCH-LACKING", "values that were asked for were not fetched"
    FETCH_SERIES = "LP-FETCH-SERIES", "a series, unit or catalogue of the response differs from the catalog"

    # -- data sets with editions
    SET_UNKNOWN = "LP-SET-UNKNOWN", "there is no data set or edition of this name"
    SET_FORM = "LP-SET-FORM", "a file of a data set is not written as it must be"
    SET_CHANGED = "LP-SET-CHANGED", "the file of an edition is missing or changed"

    # -- papers: data, printed tables, findings
    PAPER_DATA = "LP-PAPER-DATA", "a data file or data set of a paper cannot be used"
    PAPER_TABLE = "LP-PAPER-TABLE", "a table of the paper's own data is not written as it must be"
    PAPER_CHECKSUMS = "LP-PAPER-CHECKSUMS", "a file of the paper differs from the list of checksums"
    PRINTED_TABLE = "LP-PRINTED-TABLE", "a printed table cannot be read as written down"
    PRINTED_UNKNOWN = "LP-PRINTED-UNKNOWN", "the paper has no such printed table, column or number"
    FINDING = "LP-FINDING", "a finding cannot be judged as declared"
    MANUSCRIPT_REFERENCE = "LP-MANUSCRIPT-REFERENCE", "a reference of the text names no single stored value"
    MANUSCRIPT_DRIFTED = "LP-MANUSCRIPT-DRIFTED", "a number of the text is not a stored value"

    # -- specs
    SPEC_YAML = "LP-SPEC-YAML", "the file is not YAML of keys and values"
    SPEC_UNKNOWN_KEY = "LP-SPEC-UNKNOWN-KEY", "a key is unknown"
    SPEC_MISSING_KEY = "LP-SPEC-MISSING-KEY", "a key is missing"
    SPEC_VALUE = "LP-SPEC-VALUE", "a value is not allowed"
    SPEC_NAME = "LP-SPEC-NAME", "a name or id is taken, or differs from the place of its file"
    SPEC_MISSING = "LP-SPEC-MISSING", "there is no spec, paper or kind of table of this name"
    SPEC_ROLE = "LP-SPEC-ROLE", "a role is not declared, is unknown here, or is written twice"
    SPEC_MEASURE = "LP-SPEC-MEASURE", "the release has no such measure, or a measure has no window"
    SPEC_WHERE = "LP-SPEC-WHERE", "a condition on rows cannot be used"
    SPEC_SAMPLE = "LP-SPEC-SAMPLE", "the sample names what the data do not have, or is empty"
    SPEC_OPTIONS = "LP-SPEC-OPTIONS", "options of a table do not fit together"
    SPEC_REGIONS = "LP-SPEC-REGIONS", "a scheme of regions is unknown or does not fit the units"
    SPEC_INFERENCE = "LP-SPEC-INFERENCE", "an inference is not available for these columns, or not listed"
    SPEC_RELEASE = "LP-SPEC-RELEASE", "the release that a spec names is missing or changed"
    SPEC_FAILED = "LP-SPEC-FAILED", "a spec cannot be estimated; the run leaves its table out"
    KIND_CODE = "LP-KIND-CODE", "the code of a kind of table does not do what it must"

    # -- arguments of estimators
    ARGUMENT = "LP-ARGUMENT", "an argument of a function is not allowed"
    FORMULA_FORM = "LP-FORMULA-FORM", "a formula cannot be read"
    FORMULA_LIMIT = "LP-FORMULA-LIMIT", "a formula exceeds a limit"
    COVARIANCE = "LP-COVARIANCE", "a covariance or bootstrap cannot be used as written"
    MODEL = "LP-MODEL", "an estimator does not take such a formula"
    FIT = "LP-FIT", "a fit cannot do what is asked of it"
    TEST_OPTIONS = "LP-TEST-OPTIONS", "options of a test do not fit together"

    # -- data of estimators
    COLUMN_MISSING = "LP-COLUMN-MISSING", "the data have no such column"
    DATA_KEYS = "LP-DATA-KEYS", "the units, periods or rows of the data are not as they must be"
    DATA_TYPE = "LP-DATA-TYPE", "the data or a column are of a wrong type or scale"
    DATA_MISSING = "LP-DATA-MISSING", "values are missing or infinite"
    DATA_EMPTY = "LP-DATA-EMPTY", "no row is left"
    OUTCOME_RANGE = "LP-OUTCOME-RANGE", "the outcome is outside of the range of its estimator"
    WEIGHTS = "LP-WEIGHTS", "a weight or location cannot be used"
    ABSORBED = "LP-ABSORBED", "a regressor does not vary after the effects are removed"
    OUTCOME_EXPLAINED = "LP-OUTCOME-EXPLAINED", "the outcome is constant or explained exactly, or has no residuals"
    COLLINEAR = "LP-COLLINEAR", "regressors are collinear, or a covariance matrix is singular"
    NOT_CONVERGED = "LP-NOT-CONVERGED", "an estimator finds no finite solution"
    UNBALANCED = "LP-UNBALANCED", "the method needs a balanced panel"
    GAPS = "LP-GAPS", "a lag or difference would cross missing periods"
    ADOPTION = "LP-ADOPTION", "years of adoption do not give the comparison that is asked for"
    SAMPLE_SMALL = "LP-SAMPLE-SMALL", "the sample is too small for what is estimated"
    SAMPLE_CLUSTERS = "LP-SAMPLE-CLUSTERS", "there are too few clusters, or they do not nest"
    SAMPLE_LEAVE_OUT = "LP-SAMPLE-LEAVE-OUT", "the estimate is not identified without one of its units"
    SAMPLE_LIMIT = "LP-SAMPLE-LIMIT", "the sample exceeds a limit of the method"
    TABLE_NO_VALUES = "LP-TABLE-NO-VALUES", "the variables of a table have no values together"
    TABLE_NO_MODEL = "LP-TABLE-NO-MODEL", "no model or specification of a table can be estimated"

    # -- artifacts, publication, ledger, verification
    ARTIFACT_NUMBERS = "LP-ARTIFACT-NUMBERS", "a table has an impossible number, or none"
    PUBLISH = "LP-PUBLISH", "something cannot be published, so nothing was"
    PUBLISH_CHANGED = "LP-PUBLISH-CHANGED", "a published file or the link to it differs from what was published"
    LEDGER_BROKEN = "LP-LEDGER-BROKEN", "lines of the ledger were changed, removed or inserted"
    LEDGER_GONE = "LP-LEDGER-GONE", "something that was published is missing"
    LEDGER_DIFFERS = "LP-LEDGER-DIFFERS", "something that was published differs from its line in the ledger"
    LEDGER_UNKNOWN = "LP-LEDGER-UNKNOWN", "the ledger has no line for this"
    LEDGER_PUBLISHED = "LP-LEDGER-PUBLISHED", "readers open something else than the last publication"
    VERIFY_WAREHOUSE = "LP-VERIFY-WAREHOUSE", "the published tables differ from their release"
    VERIFY_RELEASE = "LP-VERIFY-RELEASE", "a release differs from its content or manifest"
    VERIFY_ARTIFACT = "LP-VERIFY-ARTIFACT", "an artifact differs from its manifest, sources or a new estimate"
    VERIFY_STATE = "LP-VERIFY-STATE", "a file of the published results is missing, added or changed"

    # -- packages
    PACKAGE_FACTS = "LP-PACKAGE-FACTS", "the facts of a package are missing or wrong"
    PACKAGE_UNSTABLE = "LP-PACKAGE-UNSTABLE", "the package would not give the published numbers"
    PACKAGE_ARCHIVE = "LP-PACKAGE-ARCHIVE", "an archive is no safe and complete package"
    PACKAGE_CHECKSUMS = "LP-PACKAGE-CHECKSUMS", "a file differs from CHECKSUMS"
    PACKAGE_MISSING = "LP-PACKAGE-MISSING", "a file of a package is missing"
    PACKAGE_NO_CODE = "LP-PACKAGE-NO-CODE", "a package lacks the code of a table or a main file"
    PACKAGE_UNREADABLE = "LP-PACKAGE-UNREADABLE", "a result of a package cannot be read"
    PACKAGE_RESULTS = "LP-PACKAGE-RESULTS", "results of a package were changed after they were made"
    PACKAGE_CHANGED = "LP-PACKAGE-CHANGED", "a package was changed after it was made"
    PACKAGE_NUMBERS = "LP-PACKAGE-NUMBERS", "numbers of a package differ from those made here"
    PACKAGE_RENDERING = "LP-PACKAGE-RENDERING", "a file of a package has the same numbers in another form"
    PACKAGE_DATA = "LP-PACKAGE-DATA", "the data of a package differ from those made here"
    PACKAGE_OUTPUT = "LP-PACKAGE-OUTPUT", "the program of a package gives other numbers than the package states"
    PACKAGE_PROGRAM = "LP-PACKAGE-PROGRAM", "the program of a package is another one"
    PACKAGE_RUN = "LP-PACKAGE-RUN", "a table or the program of a package does not work here"
    PACKAGE_NOT_CHECKED = "LP-PACKAGE-NOT-CHECKED", "a package could not be checked here"
    SCAN_PORTABLE = "LP-SCAN-PORTABLE", "code or data of a package may not work elsewhere"
    SCAN_RANDOM = "LP-SCAN-RANDOM", "a result of a package may differ from run to run"
    SCAN_FILES = "LP-SCAN-FILES", "files of a package are empty, huge, personal or there twice"

    # -- engines
    ENGINE = "LP-ENGINE", "an engine stopped, or cannot write temporary files"
    SPARK = "LP-SPARK", "Spark cannot be used at this address"
    LAKE_SETTINGS = "LP-LAKE-SETTINGS", "settings or credentials of the lake are missing or wrong"
    LAKE_CATALOG = "LP-LAKE-CATALOG", "the catalog of the lake cannot be used"
    LAKE_STORAGE = "LP-LAKE-STORAGE", "the object storage cannot be used"
    LAKE_CONFLICT = "LP-LAKE-CONFLICT", "another publisher changed the lake"
    LAKE_FAILED = "LP-LAKE-FAILED", "DuckDB stopped while it wrote or read the lake"
    # fmt: on


@dataclass(frozen=True)
class Sentence:
    """The words of a problem that several places raise: called with a place and fields, it gives the problem."""

    code: Code
    text: str
    fix: str | NoFix

    def __call__(self, place: Place = NOWHERE, /, **fields: Any) -> Problem:
        """Return the problem; raise TypeError if the fields are not those of the templates."""
        return self.code(self.text, self.fix, place, **fields)
