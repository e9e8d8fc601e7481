"""JSON read strictly: numbers keep their digits, keys are unique, a web page is called one.

What the document means belongs to the readers.
"""

from __future__ import annotations

import json
from typing import Any

from living_panel.codes import Code
from living_panel.ingestion.errors import refusal
from living_panel.problems import Refused, words_of

_REMEDY = "Download the response again; the program keeps the file that it has now."


def read_json(content: bytes, file: str) -> Any:
    """Return the document with every number as the text that was printed.

    Raises
    ------
    ExtractionError
        If it is empty, a web page, cut off, not UTF-8, nested too deeply, or has a key twice.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if not start:
        raise refusal(
            Code.READ_EMPTY, file, "byte 0", "", "a JSON document, not an empty response", _REMEDY
        )
    if start == b"<":
        raise refusal(
            Code.READ_FORM, file, "byte 0", content[:60].decode("utf-8", "replace"),
            "a JSON document, not a web page (a challenge, or an error page)", _REMEDY,
        )  # fmt: skip
    try:
        document = json.loads(
            content.decode("utf-8-sig"),
            parse_float=str,
            parse_int=str,
            parse_constant=_no_constant,
            object_pairs_hook=_unique,
        )
        # half of a surrogate pair can be escaped, and then be written nowhere
        json.dumps(document, ensure_ascii=False).encode("utf-8")
        return document
    except UnicodeEncodeError:
        raise refusal(
            Code.READ_ENCODING,
            file,
            "file",
            "half of a surrogate pair",
            "text that can be written",
            _REMEDY,
        ) from None
    except UnicodeDecodeError as error:
        raise refusal(
            Code.READ_ENCODING, file, f"byte {error.start}", error.reason, "UTF-8", _REMEDY
        ) from None
    except RecursionError:
        raise refusal(
            Code.READ_LIMIT, file, "file", "nested too deeply", "a response of the source", _REMEDY
        ) from None
    except ValueError as error:
        raise refusal(
            Code.READ_DAMAGED, file, "file", words_of(error), "a whole JSON document", _REMEDY
        ) from None


def _no_constant(name: str) -> None:
    raise Refused(
        Code.READ_NUMBER(
            "{name} is not a JSON number", "download the response of the source again", name=name
        )
    )


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    by_name = dict(pairs)
    if len(by_name) != len(pairs):
        raise Refused(
            Code.READ_DAMAGED(
                "one JSON object has the same key twice",
                "download the response of the source again",
            )
        )
    return by_name
