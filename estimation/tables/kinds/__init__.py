"""Kinds of tables, one module each; a module put here is a kind, and nothing else has to change.

A kind has `Options` (the pydantic model of its spec's `options`) and `fill(table, options)`. It may have
`points(table, options)`, the point estimates that comparisons estimate again.
"""
