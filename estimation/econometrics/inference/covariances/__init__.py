"""Covariances, found by their files: a module put here is in every engine, or is refused there by a code."""
