"""Mutation tests: one small change of the code at a time, against the fast tests."""
