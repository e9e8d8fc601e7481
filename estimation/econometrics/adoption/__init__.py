"""Effects of something units take up at different times: estimators that survive heterogeneity."""
