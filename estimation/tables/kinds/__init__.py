"""Kinds of tables, one module or one folder each; what is put here is a kind, and nothing else has to change.

A kind of one file is a module. What only one kind uses lies in a folder of its name: its `__init__` has the parts
below, further modules its options, blocks, pictures and words. Estimators stay in `estimation/econometrics/`.

A kind has `Options` (the pydantic model of its spec's `options`) and `fill(table, options)`. It may have
`points(table, options)`, the point estimates that comparisons estimate again.
"""
