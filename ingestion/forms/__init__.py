"""Readers of the forms in which the sources publish, one module a form: bytes to figures.

No request, no archive, no schema: each reader gets bytes, a file name and an edition.
"""
