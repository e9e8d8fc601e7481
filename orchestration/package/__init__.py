"""Replication packages of a data root: made from what is published, checked in a confined process."""
