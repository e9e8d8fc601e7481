"""Comprehensive pilot zones of cross-border e-commerce, as the State Council's replies set them up."""
