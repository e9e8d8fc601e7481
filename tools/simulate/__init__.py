"""Simulations whose results are stored beside the code that uses them."""
