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
TOO_LARGE = _reading(3, "the file exceeds a size limit")
ENCODING = _reading(4, "the text is in another encoding")
EMPTY = _reading(5, "the file has no values")
SCANNED = _reading(6, "the page is an image")
ACTIVE_CONTENT = _reading(7, "the file contains macros, entities or outside paths")
HEADER = _reading(8, "the header differs")
ROW_WIDTH = _reading(9, "the number of cells differs")
NO_TABLE = _reading(10, "the table is not in the file")
NO_LAYOUT = _reading(11, "no layout covers the edition")
AMBIGUOUS = _reading(12, "several columns match")
YEAR = _reading(13, "the year or period is missing or differs")
UNIT = _reading(14, "the unit is missing or contradicts another")
UNKNOWN_UNIT = _reading(15, "the series does not have this unit")
REGION = _reading(16, "the label is not a region")
REGIONS_MISSING = _reading(17, "rows of regions are missing")
NOT_A_NUMBER = _reading(18, "the cell is not a number")
ROW_BETWEEN = _reading(19, "a row between regions changes unit, period or columns")
CONTRADICTION = _reading(20, "two printed values or names differ")
WORD = _reading(21, "the word is not allowed here")
DOCUMENT = _reading(22, "the structure of the response differs")
UNKNOWN_FORMAT = _reading(23, "the source does not have this format")
NOT_FINISHED = _reading(24, "reading exceeded a limit of time or memory")
RULE = _reading(25, "a row violates a rule of the extracted stage")
NO_VALUES = _reading(26, "cells are empty where values are expected")
SHARED_CELL = _reading(27, "several regions share a cell")
NOT_STATED = _reading(28, "neither the file nor the receipt states this fact")

CITIES = _reading(35, "the table lists cities, not provinces")
MEANING = _reading(36, "the file describes the values differently")

# -- labels and numbers; each text says what was expected

INVISIBLE = ProblemCode(
    "LP-PROVINCE-001",
    "a province label without invisible characters (this label contains {bad})",
    no_fix="part",
)
TRANSLATION = ProblemCode(
    "LP-PROVINCE-002",
    "a province with its own English name; this English name belongs to another province",
    no_fix="part",
)
OUTSIDE = ProblemCode(
    "LP-PROVINCE-003",
    "one of the 31 provinces or 全国; the panel does not include Hong Kong, Macao and Taiwan",
    no_fix="part",
)
NO_PROVINCE = ProblemCode(
    "LP-PROVINCE-004", "one of the 31 provinces, such as 北京 or 内蒙古, or 全国", no_fix="part"
)
SEVERAL_REGIONS = ProblemCode("LP-PROVINCE-005", "one region, not {regions}", no_fix="part")
OTHER_NAME = ProblemCode(
    "LP-PROVINCE-006", "the name of the region that the code {region} stands for", no_fix="part"
)
EMPTY_NUMBER = ProblemCode("LP-NUMBER-001", "a number, not an empty cell", no_fix="part")
LONG_NUMBER = ProblemCode(
    "LP-NUMBER-002", "a number of at most {characters} characters", no_fix="part"
)
OTHER_DIGITS = ProblemCode(
    "LP-NUMBER-003", "a number in ASCII digits, without full-width or other digits", no_fix="part"
)
SEPARATORS = ProblemCode("LP-NUMBER-004", "a number without thousands separators", no_fix="part")
NOT_PLAIN = ProblemCode("LP-NUMBER-005", "a plain decimal number such as 1234.5", no_fix="part")
LARGE_NUMBER = ProblemCode("LP-NUMBER-006", "a number below {limit:.0e}", no_fix="part")

# -- what earlier editions lead to expect

_GAP_FIX = (
    "complete the file, or name the gap in this series' line of dbt_project/seeds/expected_coverage.csv "
    "(`make receipt` offers a missing line)"
)
GAP_OF_EDITION = ProblemCode(
    "LP-HISTORY-001",
    "{label} lacks {missing}; edition {edition} has it in {units}",
    _GAP_FIX,
)
GAP_AFTER_EDITION = ProblemCode(
    "LP-HISTORY-004",
    "{label} lacks {missing}; all editions up to {edition} have such values",
    _GAP_FIX,
)
GAP_IN_FILE = ProblemCode(
    "LP-HISTORY-002",
    "{label} lacks {missing}, but has earlier and later years",
    _GAP_FIX,
)
UNIT_CHANGED = ProblemCode(
    "LP-HISTORY-003",
    "{label} is in {units}; edition {edition} has it in {before}",
    "compare two values with those of edition {edition}, then answer `doubts` with yes",
)
REVISED = ProblemCode(
    "LP-HISTORY-005",
    "{label}: compared with edition {edition}, {count} values differ and {same} agree; {cells}",
    "you need not do anything; check these values in the file if they surprise you",
)
RARE_VALUES = ProblemCode(
    "LP-HISTORY-006",
    "{label}: {count} values jump by a power of ten, or by a factor that is rare in this series: {cells}",
    "check these values in the file, then answer `doubts` with yes",
)

MARKED_VALUES = ProblemCode(
    "LP-HISTORY-007",
    "{label}: {count} values are {what}: {cells}",
    "check these values in the file, then answer `doubts` with yes",
)

# -- a table beside its layout of the edition before

COLUMN_RENAMED = ProblemCode(
    "LP-ALIGN-001",
    "column {column} ({words}) may be {label}; {layout} lists this series under {before}",
    "answer with the series of this column",
)
COLUMN_ADDED = ProblemCode(
    "LP-ALIGN-002",
    "column {column} ({words}) is not in {layout}",
    "answer with the series of this column, or with - to leave the column out",
)
COLUMN_GONE = ProblemCode(
    "LP-ALIGN-003",
    "{layout} expects a column headed {words} ({label}), but the table has none",
    "look for this column in the file, or in another table",
)
COLUMNS_MOVED = ProblemCode(
    "LP-ALIGN-004",
    "the columns are in another order than in {layout}: {labels}",
    "you need not do anything: the program finds columns by their headers",
)
TITLE_CHANGED = ProblemCode(
    "LP-ALIGN-005",
    "the title is {title}, but {layout} has the title {before}",
    "confirm that it is the same table, and give the printed title",
)
PROVINCES_CHANGED = ProblemCode(
    "LP-ALIGN-006",
    "{count} provinces have a row, but {before} in {layout}",
    "look for the missing rows, or confirm the number",
)
ROWS_ADDED = ProblemCode(
    "LP-ALIGN-007",
    "the program skips rows that {layout} does not name: {rows}",
    "check that none of these rows is a province",
)
ROWS_MOVED = ProblemCode(
    "LP-ALIGN-008",
    "the rows are in another order than in edition {edition}: {provinces} ({labels})",
    "you need not do anything: the program finds rows by their labels",
)
ROWS_NEW = ProblemCode(
    "LP-ALIGN-009",
    "edition {edition} does not have these rows: {provinces} ({labels})",
    "you need not do anything; check these rows in the file if they surprise you",
)
TABLES_MOVED = ProblemCode(
    "LP-ALIGN-011",
    "{labels} are in a table of {sheet}; in edition {edition} this table is in {before}",
    "you need not do anything: the program finds tables by their titles",
)
TABLE_NEW = ProblemCode(
    "LP-ALIGN-012",
    "no earlier edition has the table {title}",
    "write a layout with `make teach FILE=…` if you want one of its series",
)
TABLES_GONE = ProblemCode(
    "LP-ALIGN-013",
    "edition {edition} has {labels}, but no file of this edition has them",
    "put the file with this table into landing/, or continue without it",
)

# -- landing

NOT_A_SOURCE_IN_LANDING = ProblemCode(
    "LP-LANDING-001",
    "this folder is not a source",
    "move it to landing/<source>/<edition>/, where <source> is one of {known}",
)
NOT_IN_AN_EDITION = ProblemCode(
    "LP-LANDING-002",
    "the file is not in a folder of an edition",
    "move it into a folder named after its edition",
)
EDITION_UNKNOWN_IN_LANDING = ProblemCode(
    "LP-LANDING-003",
    "edition {edition} of {source} is not in the catalog (known: {known})",
    "add one line under `editions` in ingestion/sources/{source}/catalog.yml, or move the files",
)
FOLDER_IN_EDITION = ProblemCode(
    "LP-LANDING-004",
    "this folder lies within the folder of an edition",
    "move its files up into {folder}",
)

# -- the archive

ARCHIVE_HELD = ProblemCode(
    "LP-ARCHIVE-001",
    "another process has locked the archive for {seconds:.0f} s",
    "wait until the other run or fetch ends, then run this command again",
)
NOT_A_VINTAGE = ProblemCode(
    "LP-ARCHIVE-002", "this is not the folder of a vintage", "remove it, or restore it from git"
)
VINTAGE_PLACE = ProblemCode(
    "LP-ARCHIVE-003",
    "the receipt says {said}, but this folder is {expected}",
    "restore the folder from git",
)
OTHER_BYTES = ProblemCode(
    "LP-ARCHIVE-004",
    "the file has {bytes} bytes and sha256 {sha256}; its receipt says {expected_bytes} bytes and "
    "sha256 {expected}",
    "{remedy}",
)
WITHDRAWN_BYTES = ProblemCode(
    "LP-ARCHIVE-005",
    "this file equals a file of vintage {vintage} that was withdrawn on {day} ({reason})",
    "remove the file from landing; if the file is right, write another date into its receipt",
)
FUTURE_DAY = ProblemCode(
    "LP-ARCHIVE-006",
    "the receipt says obtained on {day}, which is in the future",
    "correct the date in the receipt ({latest} or earlier)",
)
OTHER_CAPITALS = ProblemCode(
    "LP-ARCHIVE-007",
    "its name differs from {other} of {vintage} only in capital letters",
    "rename the file, then run `make receipt`",
)
TWO_CONTENTS = ProblemCode(
    "LP-ARCHIVE-008",
    "the archive has this file of {vintage} with sha256 {held}, the new file has {sha256}. An "
    "archived file has one version for each date",
    "if the archived file is wrong, withdraw it (`make withdraw KIND=file NAME=…` marks it in "
    "{receipt}). If the new file is a later version, write the date on which you obtained it into "
    "its receipt",
)
MIXED_FIGURES = ProblemCode(
    "LP-ARCHIVE-009",
    "one vintage cannot have both official and simulated values",
    "give their receipts different dates",
)
OTHER_FIGURES = ProblemCode(
    "LP-ARCHIVE-010",
    "this vintage has {held} values, but the new values are {figures}",
    "give the receipt another date",
)
IRREGULAR = ProblemCode(
    "LP-ARCHIVE-011",
    "this is a symbolic link or a special file",
    "put the file itself at this place",
)
LARGE_FILE = ProblemCode(
    "LP-ARCHIVE-012",
    "the file has {bytes} bytes; the limit is {limit}",
    "split it into files of at most {limit} bytes",
)
UNREADABLE = ProblemCode(
    "LP-ARCHIVE-013",
    "the file cannot be read ({reason})",
    "check the owner and permissions of the file",
)
MISSING = ProblemCode("LP-ARCHIVE-014", "the file is missing", "restore it from git or a backup")
LINKED_FOLDER = ProblemCode(
    "LP-ARCHIVE-015",
    "this is a symbolic link, but a real folder is expected",
    "put the folder itself at this place",
)
FILE_NAME = ProblemCode(
    "LP-ARCHIVE-016", "the name {problem}", "rename the file, then run `make receipt`"
)
NOTHING_TAKEN = ProblemCode(
    "LP-ARCHIVE-017",
    "no file was ingested from landing because of {count} problems, listed below",
    no_fix="summary",
)
NOT_A_SOURCE = ProblemCode(
    "LP-ARCHIVE-018",
    "this folder is not a source; known sources: {known}",
    "move it out of the archive",
)
NOT_AN_EDITION = ProblemCode(
    "LP-ARCHIVE-019",
    "this folder is not an edition; its name must be a year",
    "move it out of the archive",
)
EDITION_NOT_LISTED = ProblemCode(
    "LP-ARCHIVE-020",
    "the archive has this folder, but edition {edition} of {source} is not in the catalog",
    "add its line under `editions` in ingestion/sources/{source}/catalog.yml, or move the folder out of the "
    "archive",
)
NOT_IN_RECEIPT = ProblemCode(
    "LP-ARCHIVE-021",
    "{receipt} does not list this file",
    "remove the file, or put it into landing/ with a receipt of its own",
)

FILE_NOT_ARCHIVED = ProblemCode(
    "LP-ARCHIVE-022",
    "the archive has no such file",
    "give the name as <source>/<edition>/<vintage>/<file>, as in data/archive",
)
WITHDRAWN_BEFORE = ProblemCode(
    "LP-ARCHIVE-023",
    "this file was already withdrawn on {day} ({reason})",
    "put the corrected file into landing/ with a receipt of its own",
)

# -- receipts

RECEIPT_LINK = ProblemCode(
    "LP-RECEIPT-001", "the receipt is a symbolic link, but must be a file", "{remedy}"
)
RECEIPT_KIND = ProblemCode("LP-RECEIPT-002", "the receipt is not a regular file", "{remedy}")
RECEIPT_LARGE = ProblemCode("LP-RECEIPT-003", "the file is too large for a receipt", "{remedy}")
NO_RECEIPT = ProblemCode("LP-RECEIPT-004", "the file has no receipt", "{remedy}")
RECEIPT_UNREADABLE = ProblemCode(
    "LP-RECEIPT-005",
    "the receipt cannot be read ({reason})",
    "check the owner and permissions of the receipt",
)
RECEIPT_YAML = ProblemCode("LP-RECEIPT-006", "the receipt is not valid YAML ({reason})", "{remedy}")
RECEIPT_FIELDS = ProblemCode("LP-RECEIPT-007", "{reason}", "{remedy}")
NO_FILE = ProblemCode(
    "LP-RECEIPT-008",
    "the file does not exist, or is not a regular file",
    "give the path as `make status` shows it",
)
RECEIPT_NAME = ProblemCode("LP-RECEIPT-009", "the name {problem}", "rename the file")
NO_SOURCE = ProblemCode(
    "LP-RECEIPT-010",
    "the source of the file is not known",
    "put the file in landing/<source>/<edition>/, or name the source",
)
NO_ORIGIN = ProblemCode(
    "LP-RECEIPT-011",
    "`obtained_by` is missing",
    "write under `obtained_by` how you obtained the file",
)
RECEIPT_ANSWERS = ProblemCode(
    "LP-RECEIPT-012",
    "the receipt cannot be written: {reason}",
    "correct the answer that the message names",
)
RECEIPT_PLACE = ProblemCode(
    "LP-RECEIPT-013",
    "the receipt says {said}, but the file lies in {place}",
    "move the file, or {remedy}",
)
RECEIPT_OTHER_FILE = ProblemCode(
    "LP-RECEIPT-014", "the receipt must list exactly one file, named {name}", "{remedy}"
)
RECEIPT_FILE_NAME = ProblemCode(
    "LP-RECEIPT-016", "the file name {name!r} {problem}", "rename the file, then run `make receipt`"
)
RECEIPT_FORMAT = ProblemCode(
    "LP-RECEIPT-017", "format {format!r} of {name} is unknown", "write one of {known}"
)
STATED_WITHOUT_NEED = ProblemCode(
    "LP-RECEIPT-018",
    "`stated` is allowed only for formats that ask for facts, not for {format}",
    "remove `stated`",
)
SAME_NAME = ProblemCode(
    "LP-RECEIPT-019", "two files in one receipt have the same name", "rename one of them"
)
RECEIPT_WITHDRAWN = ProblemCode(
    "LP-RECEIPT-015", "this file was withdrawn", "remove the file from landing"
)

# -- catalogs and layouts

UNKNOWN_SOURCE = ProblemCode(
    "LP-CATALOG-001",
    "source {name!r} is unknown; known: {known}",
    "write one of these, or add a source with `make new-source NAME=…`",
)
UNKNOWN_EDITION = ProblemCode(
    "LP-CATALOG-002",
    "edition {edition} of {source} is not in the catalog (known: {known})",
    "add one line under `editions` in ingestion/sources/{source}/catalog.yml",
)
CATALOG_EXISTS = ProblemCode(
    "LP-CATALOG-003", "a catalog of this name already exists", "edit it, or choose another name"
)
SOURCE_NAME = ProblemCode(
    "LP-CATALOG-004",
    "{name!r} cannot be the name of a source",
    "use small letters, digits and _, such as customs",
)
SERIES_LISTED = ProblemCode("LP-CATALOG-005", "{label} is already listed", "answer with its label")
SERIES_WRONG = ProblemCode(
    "LP-CATALOG-006",
    "the series cannot be added: {reason}",
    "correct the answer that the message names",
)
UNIT_OF_NO_SERIES = ProblemCode(
    "LP-CATALOG-018",
    "the catalog has no series {label} with the unit {unit}",
    "answer with a series from the catalog",
)
CATALOG_MISSING = ProblemCode("LP-CATALOG-007", "the file is missing", "restore it from git")
CATALOG_YAML = ProblemCode(
    "LP-CATALOG-008",
    "the file cannot be read as a catalog ({reason})",
    "correct this line, or the line above it",
)
CATALOG_FIELDS = ProblemCode(
    "LP-CATALOG-009", "{reason}", "write this key as docs/keys.md describes it"
)
CATALOG_TEXT = ProblemCode(
    "LP-CATALOG-010", "the file cannot be read as a catalog: {reason}", "save it as YAML in UTF-8"
)
CATALOG_NAME = ProblemCode(
    "LP-CATALOG-011",
    "the file names the source {source}, but its folder is {expected}",
    "correct `source`, or rename the folder",
)
EDITION_LISTED = ProblemCode(
    "LP-CATALOG-012",
    "edition {edition} is already listed",
    "use the listed edition, or name another year",
)
EDITION_WRONG = ProblemCode(
    "LP-CATALOG-013",
    "the edition cannot be added: {reason}",
    "write a year such as 2024, and the title as printed",
)
FEED_WITHOUT_RANK = ProblemCode(
    "LP-CATALOG-014",
    "`measure` and `priority` must both be given or both be omitted",
    "write both; priority 1 is the first choice",
)
FEED_UNITS = ProblemCode(
    "LP-CATALOG-015",
    "`feeds` and `units` of {label} do not list the same units: {units}",
    "write each unit under both keys",
)
LABEL_TWICE = ProblemCode(
    "LP-CATALOG-016", "these labels are listed twice: {labels}", "keep each label once"
)
STRAY_HOST = ProblemCode(
    "LP-CATALOG-017",
    "`referers` or `legacy_tls` names {hosts}, which `hosts` does not list",
    "add the host to `hosts`, or remove its entry",
)
LAYOUT_KIND = ProblemCode(
    "LP-LAYOUT-001", "a layout must be a regular file", "remove it, or restore it from git"
)
LAYOUT_UNREADABLE = ProblemCode(
    "LP-LAYOUT-002",
    "the layout cannot be read ({reason})",
    "check the owner and permissions of the layout",
)
LAYOUT_YAML = ProblemCode(
    "LP-LAYOUT-003",
    "the layout is not valid YAML ({reason})",
    "correct the line that the message names, or the line above it",
)
LAYOUT_FIELDS = ProblemCode(
    "LP-LAYOUT-004", "{reason}", "correct the file, or write a new draft with `make teach FILE=…`"
)

LAYOUT_HEADER = ProblemCode(
    "LP-LAYOUT-005", "the header has no words", "write its words, or `year: header`"
)
LAYOUT_SPAN = ProblemCode(
    "LP-LAYOUT-006",
    "{entry!r} is neither a year nor a span of years",
    "write 2024, 2018-2024 or 2018-",
)
LAYOUT_TITLE = ProblemCode(
    "LP-LAYOUT-007",
    "exactly one of `titles` and `file` must be given",
    "write `titles`; write `file` only if the table prints no title",
)

LAYOUT_ALIAS = ProblemCode(
    "LP-LAYOUT-008",
    "{label!r} is already a known spelling, or {name!r} is not a province",
    "write a new spelling, and the short name of its province",
)
LAYOUT_ALIASES_DIFFER = ProblemCode(
    "LP-LAYOUT-009",
    "{label!r} means {name} here and {other} in another layout of the source",
    "look at the file, then correct one of the two layouts",
)

# -- parts of a file

NOT_JSON = ProblemCode(
    "LP-READ-032", "{name} is not a JSON number", "download the response of the source again"
)
JSON_KEY_TWICE = ProblemCode(
    "LP-READ-033",
    "one JSON object has the same key twice",
    "download the response of the source again",
)
UNSEEN_TEXT = ProblemCode(
    "LP-READ-034",
    "the document has tracked changes, fields or links in {start!r}",
    "accept all changes and save the document without fields",
)

# -- fetching

FETCH_HELD = ProblemCode(
    "LP-FETCH-001",
    "another fetch of this edition is running",
    "wait until it ends, then run the fetch again",
)
NOTHING_USABLE = ProblemCode(
    "LP-FETCH-002",
    "none of the downloaded content can be used: {count} problems, listed below",
    "{by_hand}",
)
PARTLY_FETCHED = ProblemCode(
    "LP-FETCH-003",
    "the program archived {figures} values, but some requested values are missing: {count} problems, "
    "listed below",
    "run the fetch again, or {by_hand}",
)
NOT_FETCHED = ProblemCode(
    "LP-FETCH-004",
    "the program cannot fetch {source}: a person enters its values",
    "put the values into landing/{source}/<edition>/ as CSV; data/README.md describes the columns",
)
CONTACT = ProblemCode(
    "LP-FETCH-005",
    "{variable} is {contact}; expected a line of 3 to 200 ASCII characters with an address for the "
    "sources to write to",
    "set it to your mail address (see .env.example), then run the fetch again",
)
FETCH_FAILED = ProblemCode(
    "LP-FETCH-006", "the archive was not changed{kept}", "instead of fetching, {by_hand}"
)
REFUSED = ProblemCode(
    "LP-FETCH-007",
    "the server refuses with HTTP status {status} ({start}); the program does not ask it again",
    "get the values yourself, and put the file into landing/",
)
STATUS = ProblemCode(
    "LP-FETCH-008", "the server gives HTTP status {status} ({start})", "run the fetch again later"
)
CONTENT_TYPE = ProblemCode(
    "LP-FETCH-009",
    "the response has content type {found}, expected {expected} ({start})",
    "open the address in a browser; if the page has moved, correct the address in the catalog",
)
OTHER_HOST = ProblemCode(
    "LP-FETCH-010",
    "the catalog does not list the host {host}, only {hosts}; the program requested nothing",
    "add the host to `hosts` in the catalog",
)
NOT_HTTPS = ProblemCode(
    "LP-FETCH-011",
    "the address does not begin with https; the program requested nothing",
    "write the address with https",
)
ROBOTS = ProblemCode(
    "LP-FETCH-012",
    "robots.txt of {host} forbids programs; the program requested nothing",
    "get the values yourself, and put the file into landing/",
)
ROBOTS_STATUS = ProblemCode(
    "LP-FETCH-013", "the server gives HTTP status {status}", "run the fetch again later"
)
REDIRECT_HOST = ProblemCode(
    "LP-FETCH-015",
    "the address redirects to another host, {target}; the program did not follow",
    "correct the address in the catalog",
)
REDIRECT_POST = ProblemCode(
    "LP-FETCH-016",
    "the server redirects the query (HTTP POST, status {status}) to another address; the program does not follow",
    "correct the address in the catalog",
)
REDIRECTS = ProblemCode(
    "LP-FETCH-017",
    "the address redirects more than {limit} times",
    "correct the address in the catalog",
)
SLOW_ANSWER = ProblemCode(
    "LP-FETCH-018",
    "the download did not finish within {seconds:.0f} s",
    "run the fetch again later",
)
ANSWER_FORM = ProblemCode(
    "LP-FETCH-019",
    "the program cannot interpret the response ({reason})",
    "run the fetch again later",
)
LARGE_ANSWER = ProblemCode(
    "LP-FETCH-020",
    "the unpacked response is larger than {limit} bytes",
    "get the values yourself, and put the file into landing/",
)
PACKED_ANSWER = ProblemCode(
    "LP-FETCH-021", "the response cannot be unpacked ({reason})", "run the fetch again later"
)
CONTENT_LENGTH = ProblemCode(
    "LP-FETCH-022", "Content-Length {length} is not a number of bytes", "run the fetch again later"
)
CUT_OFF = ProblemCode(
    "LP-FETCH-023",
    "the response ended early, after {bytes} bytes ({reason})",
    "run the fetch again later",
)
NO_ANSWER = ProblemCode(
    "LP-FETCH-024",
    "the server does not respond ({reason})",
    "check the network, or run the fetch again later",
)
NO_ADDRESS = ProblemCode(
    "LP-FETCH-025",
    "the name of the host cannot be resolved ({reason})",
    "check the network, or run the fetch again later",
)
SLOW_ADDRESS = ProblemCode(
    "LP-FETCH-026",
    "the name of the host was not resolved within {seconds:g} s",
    "check the network, or run the fetch again later",
)
NO_BULLETIN = ProblemCode(
    "LP-FETCH-027",
    "the catalog lists no bulletin of edition {edition} (it lists {known})",
    "add its address under `fetch.bulletins` in ingestion/sources/{source}/catalog.yml",
)
NOT_PDF = ProblemCode(
    "LP-FETCH-028",
    "the response is not a PDF, although its content type says so",
    "open the address in a browser; if the page has moved, correct the address in the catalog",
)
NO_NOTICE = ProblemCode(
    "LP-FETCH-029",
    "the lists have no annual notice and no communiqué about {year}",
    "run the fetch again later, or put the values into landing/ yourself",
)
RESULTS_FORM = ProblemCode(
    "LP-FETCH-030",
    "expected data.total and a list data.results, but the response begins {start!r}",
    "get the values yourself, and put the file into landing/",
)
RESULT_TITLE = ProblemCode(
    "LP-FETCH-031",
    "a search result has no title: {item!r}",
    "get the values yourself, and put the file into landing/",
)
NO_SUCCESS = ProblemCode(
    "LP-FETCH-032", "the server reports success: false, {message!r}", "run the fetch again later"
)
LARGE_TREE = ProblemCode(
    "LP-FETCH-033",
    "the tree of catalogues has more than {limit} inner nodes, so it may be no tree",
    "get the values yourself, and put the file into landing/",
)
NO_CATALOGUE = ProblemCode(
    "LP-FETCH-034",
    "the source has no catalogue of regions named {name}",
    "correct the name of the catalogue in the source's catalog.yml",
)
REGION_NAMED = ProblemCode(
    "LP-FETCH-035",
    "the database gives region {region} the name {name!r}, which is not a name of this province",
    "get the values yourself, and put the file into landing/",
)
REGIONS_LACKING = ProblemCode(
    "LP-FETCH-036",
    "the list of regions lacks {missing}",
    "get the values yourself, and put the file into landing/",
)
SERIES_DIFFER = ProblemCode(
    "LP-FETCH-037", "{wrong}", "correct the series in the source's catalog.yml"
)
NOT_ASKED = ProblemCode(
    "LP-FETCH-038",
    "the response contains {label}, which was not requested",
    "run the fetch again later",
)
FETCHED_UNIT = ProblemCode(
    "LP-FETCH-039",
    "{label} is in {unit}, expected {expected}",
    "check the values, then correct the series in the source's catalog.yml",
)
FETCHED_YEAR = ProblemCode(
    "LP-FETCH-040",
    "edition {edition} contains a value for {year}",
    "fetch this value under a later edition",
)
FETCHED_REGION = ProblemCode(
    "LP-FETCH-041",
    "the region {name} has an unknown name: expected {expectation}",
    "get the values yourself, and put the file into landing/",
)
VALUES_LACKING = ProblemCode("LP-FETCH-042", "{label} lacks {missing}", "run the fetch again later")
CELLS_LACKING = ProblemCode(
    "LP-FETCH-050",
    "{label}: the response has no entry for the requested {missing}",
    "run the fetch again later, or put these values into landing/ yourself",
)
NOT_A_LIST = ProblemCode(
    "LP-FETCH-043",
    "{what}: expected a list of objects, but the response begins {start!r}",
    "get the values yourself, and put the file into landing/",
)
ITEM_FORM = ProblemCode(
    "LP-FETCH-044",
    "an item of the response lacks {names}: {item!r}",
    "get the values yourself, and put the file into landing/",
)
CATALOGUE_NOT_IN_TREE = ProblemCode(
    "LP-FETCH-046",
    "none of the {count} catalogues in the tree is named {name} (nearest: {nearest})",
    "correct the name in the source's catalog.yml",
)
IMAGES_ALONE = ProblemCode(
    "LP-FETCH-045",
    "the web version of yearbook {edition} has these tables only as images: {images}. Its contents "
    "do not list: {absent}. Workbooks next to the images: {workbooks}",
    "check the workbooks and put them into landing/, or type the tables as CSV (data/README.md)",
)
