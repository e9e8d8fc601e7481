"""Values drawn from documented processes with known elasticities, and the tables that estimate them: `make demo`."""
