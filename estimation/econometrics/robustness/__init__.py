"""The same elasticity under other estimators, samples and slopes."""
