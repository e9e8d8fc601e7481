"""The dbt project: its manifest, its runs and the files generated for it."""
