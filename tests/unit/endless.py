"""Parsers that do not end or that wait, for the limits of the child that parses."""

import time


def parse(content: bytes) -> None:
    while content:
        pass


def wait(content: bytes, seconds: float) -> str:
    """Take time without processor, as on a machine where others have it."""
    time.sleep(seconds)
    return content.decode()
