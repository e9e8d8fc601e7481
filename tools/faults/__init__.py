"""Kills, full disks and other faults, tried on a refresh; `results.jsonl` holds what happened."""
