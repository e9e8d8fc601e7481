"""What a data root is: paths, notes, lock, ledger, code versions, worker processes."""
