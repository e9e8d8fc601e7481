"""From an authority's bytes to one tidy table: the stages landing, archive and extracted.

Pure functions over files. Nothing here imports the orchestrator, dbt or the warehouse.
"""
