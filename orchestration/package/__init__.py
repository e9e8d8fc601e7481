"""Replication packages: one archive of a paper, its check, and the data release of the warehouse."""
