"""Dagster definitions and the commands: wiring only, no parsing, no SQL, no numerics."""

import os

# Before any numerical library is loaded, however this package is: small matrices are slower under several
# threads, and the last bits of a sum depend on their number.
os.environ.setdefault("OMP_NUM_THREADS", "1")
