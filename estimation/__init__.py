"""The estimation layer: specs, estimators, tables, artifacts. Pure: it reads releases and nothing else."""
