"""Outputs of workers: frozen releases, artifacts of tables, drafts of pages, data pages. Nothing here loads Dagster."""
