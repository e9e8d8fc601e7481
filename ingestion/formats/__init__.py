"""Bytes to a grid or to records, one module a format; no source is known here."""
