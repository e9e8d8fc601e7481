"""The wiring: assets, jobs, the lock, publishing, commands. No parsing, no SQL of its own, no numerics."""
