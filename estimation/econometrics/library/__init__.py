"""One call form and one result for every estimator and test; `living_panel.econometrics` has its names.

A module here reads long or wide data, calls an estimator below and gives its numbers a common result. No
statistic is computed here. Defaults are those of the field: each docstring names them, each result prints them.
"""
