"""From an authority's bytes to one tidy table: landing, archive and extracted rooms.

Pure functions over files. Nothing here imports the orchestrator, dbt or the warehouse.
"""
