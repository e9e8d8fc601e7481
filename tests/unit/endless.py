"""A parser that does not end, for the limits of the child that parses."""


def parse(content: bytes) -> None:
    while content:
        pass
