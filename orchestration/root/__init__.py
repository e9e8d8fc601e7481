"""Parts of a data root: paths, notes, lock, ledger, code versions, worker processes."""
