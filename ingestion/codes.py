"""Problems of landing, archive and extracted: codes, texts and fixes."""

from living_panel.problems import ProblemCode


def _reading(number: int, what: str) -> ProblemCode:
    """Code of a failure in the content of a file; what was expected there is a field."""
    return ProblemCode(
        f"LP-READ-{number:03}", f"{what}: {{value}} - expected {{expectation}}", "{fix}"
    )


INGESTION = ProblemCode("LP-INGEST-000", "{text}")
RECEIPT = ProblemCode("LP-RECEIPT-000", "{text}")
ARCHIVE = ProblemCode("LP-ARCHIVE-000", "{text}")
CATALOG = ProblemCode("LP-CATALOG-000", "{text}")
LAYOUT = ProblemCode("LP-LAYOUT-000", "{text}")
FETCH = ProblemCode("LP-FETCH-000", "{text}")
PROVINCE = ProblemCode("LP-PROVINCE-000", "{text}")
NUMBER = ProblemCode("LP-NUMBER-000", "{text}")

# -- the content of a file

OTHER_FORM = _reading(1, "the file is of another kind")
DAMAGED = _reading(2, "the file cannot be read to its end")
TOO_LARGE = _reading(3, "the file passes a limit of size")
ENCODING = _reading(4, "the text is in another encoding")
EMPTY = _reading(5, "no value is in the file")
SCANNED = _reading(6, "the page is an image")
ACTIVE_CONTENT = _reading(7, "the file holds macros, entities or outside paths")
HEADER = _reading(8, "the header differs")
ROW_WIDTH = _reading(9, "the number of cells differs")
NO_TABLE = _reading(10, "the table is not in the file")
NO_LAYOUT = _reading(11, "no layout covers the edition")
AMBIGUOUS = _reading(12, "several columns fit")
YEAR = _reading(13, "the year or period is missing or differs")
UNIT = _reading(14, "the unit is missing or contradicts another")
UNKNOWN_UNIT = _reading(15, "the series does not have this unit")
REGION = _reading(16, "the label is not a region")
REGIONS_MISSING = _reading(17, "rows of regions are missing")
NOT_A_NUMBER = _reading(18, "the cell is not a number")
ROW_BETWEEN = _reading(19, "a row between regions changes unit, period or columns")
CONTRADICTION = _reading(20, "two printed values or names differ")
WORD = _reading(21, "the word is not allowed here")
DOCUMENT = _reading(22, "the structure of the answer differs")
UNKNOWN_FORMAT = _reading(23, "the source does not have this format")
NOT_FINISHED = _reading(24, "reading was stopped at a limit of time or memory")
RULE = _reading(25, "a row breaks a rule of the extracted stage")
NO_VALUES = _reading(26, "cells are empty where values are expected")
SHARED_CELL = _reading(27, "several regions share a cell")
NOT_STATED = _reading(28, "the file does not print it, and the receipt does not state it")

CITIES = _reading(35, "the table lists cities, not provinces")
MEANING = _reading(36, "the file says something else about the values")

# -- labels and numbers; each text says what was expected

INVISIBLE = ProblemCode(
    "LP-PROVINCE-001",
    "a province label without invisible characters (it holds {bad})",
    no_fix="part",
)
TRANSLATION = ProblemCode(
    "LP-PROVINCE-002", "a province and its own English name, not that of another one", no_fix="part"
)
OUTSIDE = ProblemCode(
    "LP-PROVINCE-003",
    "one of the 31 provinces or 全国; Hong Kong, Macao, Taiwan stay out",
    no_fix="part",
)
NO_PROVINCE = ProblemCode(
    "LP-PROVINCE-004", "one of the 31 provinces, such as 北京 or 内蒙古, or 全国", no_fix="part"
)
SEVERAL_REGIONS = ProblemCode("LP-PROVINCE-005", "one region, not {regions}", no_fix="part")
OTHER_NAME = ProblemCode("LP-PROVINCE-006", "the name of region {region}", no_fix="part")
EMPTY_NUMBER = ProblemCode("LP-NUMBER-001", "a number, not an empty cell", no_fix="part")
LONG_NUMBER = ProblemCode(
    "LP-NUMBER-002", "a number of at most {characters} characters", no_fix="part"
)
OTHER_DIGITS = ProblemCode(
    "LP-NUMBER-003", "ASCII digits, not full-width or other digits", no_fix="part"
)
SEPARATORS = ProblemCode("LP-NUMBER-004", "a number without thousands separators", no_fix="part")
NOT_PLAIN = ProblemCode("LP-NUMBER-005", "a plain decimal number such as 1234.5", no_fix="part")
LARGE_NUMBER = ProblemCode("LP-NUMBER-006", "a number below {limit:.0e}", no_fix="part")

# -- what earlier editions lead to expect

_GAP_FIX = (
    "complete the file, or let the line of this series in dbt_project/seeds/expected_coverage.csv name the gap "
    "(`make receipt` offers a missing line)"
)
GAP_OF_EDITION = ProblemCode(
    "LP-HISTORY-001",
    "{label} lacks {missing}; edition {edition} has it in {units}",
    _GAP_FIX,
)
GAP_AFTER_EDITION = ProblemCode(
    "LP-HISTORY-004",
    "{label} lacks {missing}; edition {edition} has the nearest year",
    _GAP_FIX,
)
GAP_IN_FILE = ProblemCode(
    "LP-HISTORY-002",
    "{label} lacks {missing}, between years that are there",
    _GAP_FIX,
)
UNIT_CHANGED = ProblemCode(
    "LP-HISTORY-003",
    "{label} is in {units}; edition {edition} has it in {before}",
    "compare two values with the edition before, then answer `doubts` with yes",
)
REVISED = ProblemCode(
    "LP-HISTORY-005",
    "{label}: against edition {edition}, values that differ: {count}, that agree: {same}; {cells}",
    "nothing has to be done; look them up if they surprise",
)
RARE_VALUES = ProblemCode(
    "LP-HISTORY-006",
    "{label}: {count} values jump by a power of ten, or by a factor that its history makes rare: {cells}",
    "look them up in the file, then answer `doubts` with yes",
)

# -- a table beside its layout of the edition before

COLUMN_RENAMED = ProblemCode(
    "LP-ALIGN-001",
    "column {column} ({words}) may be {label}, which {layout} has under {before}",
    "answer with its series",
)
COLUMN_ADDED = ProblemCode(
    "LP-ALIGN-002",
    "column {column} ({words}) is not in {layout}",
    "answer with its series, or - to leave it out",
)
COLUMN_GONE = ProblemCode(
    "LP-ALIGN-003",
    "no column is headed {words} ({label}), as {layout} expects",
    "look for it in the file, or in another table",
)
COLUMNS_MOVED = ProblemCode(
    "LP-ALIGN-004",
    "the order of the columns differs from {layout}: {labels}",
    "nothing has to be done: columns are read by their words",
)
TITLE_CHANGED = ProblemCode(
    "LP-ALIGN-005",
    "the title {title} is {before} in {layout}",
    "confirm that it is the same table, with the title that is printed",
)
PROVINCES_CHANGED = ProblemCode(
    "LP-ALIGN-006",
    "{count} provinces have a row, {before} in {layout}",
    "look for the missing rows, or confirm the number",
)
ROWS_ADDED = ProblemCode(
    "LP-ALIGN-007",
    "rows that {layout} does not name are passed over: {rows}",
    "see that none of them is a province",
)
ROWS_MOVED = ProblemCode(
    "LP-ALIGN-008",
    "rows are in another order than in edition {edition}: {provinces} ({labels})",
    "nothing has to be done: rows are read by their labels",
)
ROWS_NEW = ProblemCode(
    "LP-ALIGN-009",
    "rows that edition {edition} does not have: {provinces} ({labels})",
    "nothing has to be done; look them up if they surprise",
)
ROWS_GONE = ProblemCode(
    "LP-ALIGN-010",
    "rows of edition {edition} are missing: {provinces} ({labels})",
    "look for them in the file, or confirm the gap in the expected coverage",
)
TABLES_MOVED = ProblemCode(
    "LP-ALIGN-011",
    "the table of {labels} is in {sheet}; edition {edition} has it in {before}",
    "nothing has to be done: tables are found by their titles",
)
TABLE_NEW = ProblemCode(
    "LP-ALIGN-012",
    "no earlier edition has the table {title}",
    "teach it if one of its series is wanted",
)
TABLES_GONE = ProblemCode(
    "LP-ALIGN-013",
    "no file has {labels}, which edition {edition} has",
    "land the table, or go on without it",
)

# -- landing

NOT_A_SOURCE_IN_LANDING = ProblemCode(
    "LP-LANDING-001",
    "not a source",
    "move it to landing/<source>/<edition>/, where source is one of {known}",
)
NOT_IN_AN_EDITION = ProblemCode(
    "LP-LANDING-002",
    "not in a folder of an edition",
    "move it into a folder named after its edition",
)
EDITION_UNKNOWN_IN_LANDING = ProblemCode(
    "LP-LANDING-003",
    "edition {edition} of {source} is not in the catalog (known: {known})",
    "add one line under `editions` in ingestion/sources/{source}/catalog.yml, or move the files",
)
FOLDER_IN_EDITION = ProblemCode(
    "LP-LANDING-004", "a folder within an edition", "move its files up into {folder}"
)

# -- the archive

ARCHIVE_HELD = ProblemCode(
    "LP-ARCHIVE-001",
    "another process has held the archive for {seconds:.0f} s",
    "wait for the other run or fetch to end, then repeat",
)
NOT_A_VINTAGE = ProblemCode(
    "LP-ARCHIVE-002", "not a vintage folder", "remove it, or restore it from git"
)
VINTAGE_PLACE = ProblemCode(
    "LP-ARCHIVE-003", "says {said}, expected {expected}", "restore the folder from git"
)
OTHER_BYTES = ProblemCode(
    "LP-ARCHIVE-004",
    "{bytes} bytes with sha256 {sha256}, expected {expected_bytes} bytes with sha256 {expected} as its "
    "receipt says",
    "{remedy}",
)
WITHDRAWN_BYTES = ProblemCode(
    "LP-ARCHIVE-005",
    "these bytes are vintage {vintage}, withdrawn on {day} ({reason})",
    "remove the file from landing; or, if it is right after all, write its receipt with another date",
)
FUTURE_DAY = ProblemCode(
    "LP-ARCHIVE-006",
    "obtained on {day}, a day to come",
    "correct the date in the receipt (at most {latest})",
)
OTHER_CAPITALS = ProblemCode(
    "LP-ARCHIVE-007",
    "{other} of {vintage} differs from it in capitals only",
    "rename the file, then `make receipt`",
)
TWO_CONTENTS = ProblemCode(
    "LP-ARCHIVE-008",
    "the archive has this file of {vintage} with sha256 {held}, the new one has {sha256}. One date has one version",
    "if the archived file is wrong, withdraw it (`make withdraw KIND=file NAME=…` marks it in {receipt}). If the new "
    "file is a later version, write the date on which you obtained it into its receipt",
)
MIXED_FIGURES = ProblemCode(
    "LP-ARCHIVE-009",
    "official and simulated values cannot share a vintage",
    "land them on different dates",
)
OTHER_FIGURES = ProblemCode(
    "LP-ARCHIVE-010",
    "holds {held} values, and these are {figures}",
    "give the receipt another date",
)
IRREGULAR = ProblemCode(
    "LP-ARCHIVE-011", "a symbolic link or special file", "put the file itself there"
)
LARGE_FILE = ProblemCode(
    "LP-ARCHIVE-012",
    "{bytes} bytes, more than {limit}",
    "split it into files of at most {limit} bytes",
)
UNREADABLE = ProblemCode(
    "LP-ARCHIVE-013", "cannot be read ({reason})", "check its owner and permissions"
)
MISSING = ProblemCode("LP-ARCHIVE-014", "missing", "restore it from git or a backup")
LINKED_FOLDER = ProblemCode(
    "LP-ARCHIVE-015", "a symbolic link, expected a real folder", "put the folder itself there"
)
FILE_NAME = ProblemCode(
    "LP-ARCHIVE-016", "the name {problem}", "rename the file, then `make receipt`"
)
NOTHING_TAKEN = ProblemCode(
    "LP-ARCHIVE-017", "nothing was taken from landing: {count} problems, as below", no_fix="summary"
)
NOT_A_SOURCE = ProblemCode(
    "LP-ARCHIVE-018", "not a source; known: {known}", "move it out of the archive"
)
NOT_AN_EDITION = ProblemCode(
    "LP-ARCHIVE-019", "not an edition; expected a year", "move it out of the archive"
)
EDITION_NOT_LISTED = ProblemCode(
    "LP-ARCHIVE-020",
    "archived, but edition {edition} of {source} is not in the catalog",
    "add its line under `editions` in ingestion/sources/{source}/catalog.yml, or move the folder out of the "
    "archive",
)
NOT_IN_RECEIPT = ProblemCode(
    "LP-ARCHIVE-021",
    "not in {receipt}",
    "remove it, or land it with a receipt of its own",
)

FILE_NOT_ARCHIVED = ProblemCode(
    "LP-ARCHIVE-022",
    "the archive has no such file",
    "name it as <source>/<edition>/<vintage>/<file>, as in data/archive",
)
WITHDRAWN_BEFORE = ProblemCode(
    "LP-ARCHIVE-023",
    "withdrawn already on {day} ({reason})",
    "land the corrected file with a receipt of its own",
)

# -- receipts

RECEIPT_LINK = ProblemCode(
    "LP-RECEIPT-001", "a receipt must be a file, not a symbolic link", "{remedy}"
)
RECEIPT_KIND = ProblemCode("LP-RECEIPT-002", "a receipt must be a file", "{remedy}")
RECEIPT_LARGE = ProblemCode("LP-RECEIPT-003", "larger than any receipt", "{remedy}")
NO_RECEIPT = ProblemCode("LP-RECEIPT-004", "there is no receipt", "{remedy}")
RECEIPT_UNREADABLE = ProblemCode(
    "LP-RECEIPT-005", "cannot be read ({reason})", "check its owner and permissions"
)
RECEIPT_YAML = ProblemCode("LP-RECEIPT-006", "not a readable YAML receipt ({reason})", "{remedy}")
RECEIPT_FIELDS = ProblemCode("LP-RECEIPT-007", "{reason}", "{remedy}")
NO_FILE = ProblemCode(
    "LP-RECEIPT-008",
    "no such file, or no regular one",
    "give the path as `make status` shows it",
)
RECEIPT_NAME = ProblemCode("LP-RECEIPT-009", "the name {problem}", "rename the file")
NO_SOURCE = ProblemCode(
    "LP-RECEIPT-010", "no source", "put the file in landing/<source>/<edition>/, or name the source"
)
NO_ORIGIN = ProblemCode(
    "LP-RECEIPT-011", "`obtained_by` is missing", "write in `obtained_by` how the file was obtained"
)
RECEIPT_ANSWERS = ProblemCode(
    "LP-RECEIPT-012",
    "the receipt cannot be written: {reason}",
    "correct the answer that the reason names",
)
RECEIPT_PLACE = ProblemCode(
    "LP-RECEIPT-013", "says {said}, but the file lies in {place}", "move it, or {remedy}"
)
RECEIPT_OTHER_FILE = ProblemCode("LP-RECEIPT-014", "expected one file named {name}", "{remedy}")
RECEIPT_FILE_NAME = ProblemCode(
    "LP-RECEIPT-016", "the file name {name!r} {problem}", "rename the file, then `make receipt`"
)
RECEIPT_FORMAT = ProblemCode(
    "LP-RECEIPT-017", "format {format!r} of {name} is unknown", "write one of {known}"
)
STATED_WITHOUT_NEED = ProblemCode(
    "LP-RECEIPT-018",
    "`stated` belongs to a form that leaves something out, not to {format}",
    "remove `stated`",
)
SAME_NAME = ProblemCode(
    "LP-RECEIPT-019", "two files of one receipt have the same name", "rename one of them"
)
RECEIPT_WITHDRAWN = ProblemCode("LP-RECEIPT-015", "withdrawn", "remove the file from landing")

# -- catalogs and layouts

UNKNOWN_SOURCE = ProblemCode(
    "LP-CATALOG-001",
    "source {name!r} is unknown; known: {known}",
    "write one of these, or `make new-source NAME=…`",
)
UNKNOWN_EDITION = ProblemCode(
    "LP-CATALOG-002",
    "edition {edition} of {source} is not in the catalog (known: {known})",
    "add one line under `editions` in ingestion/sources/{source}/catalog.yml",
)
CATALOG_EXISTS = ProblemCode(
    "LP-CATALOG-003", "is there already", "edit it, or choose another name"
)
SOURCE_NAME = ProblemCode(
    "LP-CATALOG-004",
    "{name!r} cannot name a source",
    "use small letters, digits and _, such as customs",
)
SERIES_LISTED = ProblemCode("LP-CATALOG-005", "{label} is listed already", "answer with its label")
SERIES_WRONG = ProblemCode(
    "LP-CATALOG-006",
    "the series cannot be added: {reason}",
    "correct the answer that the reason names",
)
UNIT_OF_NO_SERIES = ProblemCode(
    "LP-CATALOG-018", "no series {label} has the unit {unit}", "answer with a series of the catalog"
)
CATALOG_MISSING = ProblemCode("LP-CATALOG-007", "is missing", "restore it from git")
CATALOG_YAML = ProblemCode(
    "LP-CATALOG-008",
    "cannot be read as a catalog file ({reason})",
    "correct this line, or the one above it",
)
CATALOG_FIELDS = ProblemCode(
    "LP-CATALOG-009", "{reason}", "write this key as docs/keys.md describes it"
)
CATALOG_TEXT = ProblemCode(
    "LP-CATALOG-010", "cannot be read as a catalog file: {reason}", "write it as UTF-8 YAML"
)
CATALOG_NAME = ProblemCode(
    "LP-CATALOG-011",
    "names the source {source}; expected {expected}",
    "correct `source`, or rename the folder",
)
EDITION_LISTED = ProblemCode(
    "LP-CATALOG-012", "edition {edition} is listed already", "use it, or name another year"
)
EDITION_WRONG = ProblemCode(
    "LP-CATALOG-013",
    "the edition cannot be added: {reason}",
    "write a year such as 2024, and the title as printed",
)
FEED_WITHOUT_RANK = ProblemCode(
    "LP-CATALOG-014", "`measure` and `priority` go together", "write both; priority 1 is first"
)
FEED_UNITS = ProblemCode(
    "LP-CATALOG-015",
    "`feeds` of {label} and its `units` differ in {units}",
    "write each unit under both",
)
LABEL_TWICE = ProblemCode("LP-CATALOG-016", "labels listed twice: {labels}", "keep one of each")
STRAY_HOST = ProblemCode(
    "LP-CATALOG-017",
    "`referers` or `legacy_tls` of {hosts}, which `hosts` does not list",
    "list the host, or remove its entry",
)
LAYOUT_KIND = ProblemCode(
    "LP-LAYOUT-001", "a layout must be a file", "remove it, or restore it from git"
)
LAYOUT_UNREADABLE = ProblemCode(
    "LP-LAYOUT-002", "cannot be read ({reason})", "check its owner and permissions"
)
LAYOUT_YAML = ProblemCode(
    "LP-LAYOUT-003",
    "not readable YAML ({reason})",
    "correct the line that the reason names, or the one above it",
)
LAYOUT_FIELDS = ProblemCode(
    "LP-LAYOUT-004", "{reason}", "correct the file, or draft it anew with `make teach FILE=…`"
)

LAYOUT_HEADER = ProblemCode(
    "LP-LAYOUT-005", "a header without words", "write the words, or `year: header`"
)
LAYOUT_SPAN = ProblemCode(
    "LP-LAYOUT-006",
    "{entry!r} is neither a year nor a span of years",
    "write 2024, 2018-2024 or 2018-",
)
LAYOUT_TITLE = ProblemCode(
    "LP-LAYOUT-007",
    "`titles` and `file` are both there or both missing",
    "write `titles`; `file` only where the table prints no title",
)

LAYOUT_ALIAS = ProblemCode(
    "LP-LAYOUT-008",
    "{label!r} is a known spelling already, or {name!r} is not a province",
    "write an unknown spelling, and the short name of its province",
)
LAYOUT_ALIASES_DIFFER = ProblemCode(
    "LP-LAYOUT-009",
    "{label!r} is {name} here and {other} in another layout of the source",
    "correct one of the two, after looking at the file",
)

# -- parts of a file

NOT_JSON = ProblemCode(
    "LP-READ-032", "{name} is not a JSON number", "save the answer of the source again"
)
JSON_KEY_TWICE = ProblemCode(
    "LP-READ-033", "a key is twice in one object", "save the answer of the source again"
)
UNSEEN_TEXT = ProblemCode(
    "LP-READ-034",
    "tracked changes, fields or links in {start!r}",
    "accept all changes and save the document without fields",
)

# -- fetching

FETCH_HELD = ProblemCode(
    "LP-FETCH-001",
    "another fetch of this edition is running",
    "wait until it ends, then fetch again",
)
NOTHING_USABLE = ProblemCode(
    "LP-FETCH-002", "nothing that came can be used: {count} problems, as below", "{by_hand}"
)
PARTLY_FETCHED = ProblemCode(
    "LP-FETCH-003",
    "{figures} values were read and archived, but not all that was asked for: {count} problems, as below",
    "fetch again, or {by_hand}",
)
NOT_FETCHED = ProblemCode(
    "LP-FETCH-004",
    "{source} is not fetched: a person lands its values",
    "put them into landing/{source}/<edition>/ as CSV in the landing form of data/README.md",
)
CONTACT = ProblemCode(
    "LP-FETCH-005",
    "{variable} is {contact}, expected a line of 3 to 200 ASCII characters: it gives the sources an address to write "
    "to",
    "set it to your mail address (see .env.example) and fetch again",
)
FETCH_FAILED = ProblemCode(
    "LP-FETCH-006", "the archive is as it was{kept}", "instead of fetching, {by_hand}"
)
REFUSED = ProblemCode(
    "LP-FETCH-007",
    "the server refuses with status {status} ({start}); it is not asked again",
    "land the values by hand",
)
STATUS = ProblemCode("LP-FETCH-008", "status {status} ({start})", "fetch again later")
CONTENT_TYPE = ProblemCode(
    "LP-FETCH-009",
    "content type {found}, expected {expected} ({start})",
    "open the address in a browser, and correct it in the catalog if it has moved",
)
OTHER_HOST = ProblemCode(
    "LP-FETCH-010",
    "host {host} is not one that the catalog lists ({hosts}); nothing was requested",
    "add the host to `hosts` in the catalog",
)
NOT_HTTPS = ProblemCode(
    "LP-FETCH-011", "not https; nothing was requested", "write the address with https"
)
ROBOTS = ProblemCode(
    "LP-FETCH-012",
    "robots.txt of {host} asks programs to stay away; nothing was requested",
    "land the values by hand",
)
ROBOTS_STATUS = ProblemCode("LP-FETCH-013", "status {status}", "fetch again later")
REDIRECT_HOST = ProblemCode(
    "LP-FETCH-015",
    "redirects to another host, {target}; not followed",
    "correct the address in the catalog",
)
REDIRECT_POST = ProblemCode(
    "LP-FETCH-016",
    "redirects a POST with status {status}",
    "correct the address in the catalog",
)
REDIRECTS = ProblemCode(
    "LP-FETCH-017", "more than {limit} redirects", "correct the address in the catalog"
)
SLOW_ANSWER = ProblemCode("LP-FETCH-018", "not finished after {seconds:.0f} s", "fetch again later")
ANSWER_FORM = ProblemCode(
    "LP-FETCH-019", "the answer cannot be understood ({reason})", "fetch again later"
)
LARGE_ANSWER = ProblemCode(
    "LP-FETCH-020", "larger than {limit} bytes once unpacked", "land the values by hand"
)
PACKED_ANSWER = ProblemCode("LP-FETCH-021", "cannot be unpacked ({reason})", "fetch again later")
CONTENT_LENGTH = ProblemCode(
    "LP-FETCH-022", "Content-Length {length} is not a number of bytes", "fetch again later"
)
CUT_OFF = ProblemCode(
    "LP-FETCH-023", "the answer was cut off after {bytes} bytes ({reason})", "fetch again later"
)
NO_ANSWER = ProblemCode(
    "LP-FETCH-024", "no answer ({reason})", "check the network, or fetch again later"
)
NO_ADDRESS = ProblemCode(
    "LP-FETCH-025",
    "its name cannot be resolved ({reason})",
    "check the network, or fetch again later",
)
SLOW_ADDRESS = ProblemCode(
    "LP-FETCH-026",
    "its name is not resolved within {seconds:g} s",
    "check the network, or fetch again later",
)
NO_BULLETIN = ProblemCode(
    "LP-FETCH-027",
    "no bulletin of edition {edition} is listed (listed: {known})",
    "add its address under `fetch.bulletins` in ingestion/sources/{source}/catalog.yml",
)
NOT_PDF = ProblemCode(
    "LP-FETCH-028",
    "not a PDF, whatever its content type says",
    "open the address in a browser, and correct it in the catalog if it has moved",
)
NO_NOTICE = ProblemCode(
    "LP-FETCH-029",
    "no annual notice and no communiqué about {year} in the lists",
    "fetch again later, or land the values by hand",
)
RESULTS_FORM = ProblemCode(
    "LP-FETCH-030",
    "expected data.total and a list data.results, got {start!r}",
    "land the values by hand",
)
RESULT_TITLE = ProblemCode(
    "LP-FETCH-031", "a result without title: {item!r}", "land the values by hand"
)
NO_SUCCESS = ProblemCode("LP-FETCH-032", "success: false, {message!r}", "fetch again later")
LARGE_TREE = ProblemCode(
    "LP-FETCH-033",
    "the tree has more than {limit} inner nodes; is it a tree?",
    "land the values by hand",
)
NO_CATALOGUE = ProblemCode(
    "LP-FETCH-034",
    "no region catalogue named {name}",
    "correct the name of the catalogue in the source's catalog.yml",
)
REGION_NAMED = ProblemCode(
    "LP-FETCH-035",
    "the database calls region {region} {name!r}, which is no name of this province",
    "land the values by hand",
)
REGIONS_LACKING = ProblemCode(
    "LP-FETCH-036", "the list of regions lacks {missing}", "land the values by hand"
)
SERIES_DIFFER = ProblemCode(
    "LP-FETCH-037", "{wrong}", "correct the series in the source's catalog.yml"
)
NOT_ASKED = ProblemCode("LP-FETCH-038", "{label} was not asked for", "fetch again later")
FETCHED_UNIT = ProblemCode(
    "LP-FETCH-039",
    "{label} is in {unit}, expected {expected}",
    "look at the values, then correct the series in the source's catalog.yml",
)
FETCHED_YEAR = ProblemCode(
    "LP-FETCH-040",
    "a value for {year} in the edition {edition}",
    "fetch it under a later edition",
)
FETCHED_REGION = ProblemCode(
    "LP-FETCH-041", "{name}: expected {expectation}", "land the values by hand"
)
VALUES_LACKING = ProblemCode("LP-FETCH-042", "{label} lacks {missing}", "fetch again later")
CELLS_LACKING = ProblemCode(
    "LP-FETCH-050",
    "{label}: the answer has no entry for {missing}, which were asked for",
    "fetch again later, or land these values by hand",
)
NOT_A_LIST = ProblemCode(
    "LP-FETCH-043",
    "{what}: expected a list of objects, got {start!r}",
    "land the values by hand",
)
ITEM_FORM = ProblemCode(
    "LP-FETCH-044", "an item without {names}: {item!r}", "land the values by hand"
)
CATALOGUE_NOT_IN_TREE = ProblemCode(
    "LP-FETCH-046",
    "no catalogue named {name} is among the {count} of the tree (nearest: {nearest})",
    "correct its name in the source's catalog.yml",
)
IMAGES_ALONE = ProblemCode(
    "LP-FETCH-045",
    "the yearbook {edition} on the web publishes these tables only as images, without data: {images}. Not in its "
    "contents: {absent}. Workbooks next to the images: {workbooks}",
    "look at the workbooks and put them into the landing folder, or type the tables as CSV (data/README.md)",
)
