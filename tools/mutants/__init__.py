"""The code changed one operator at a time: does a test fail? `results.jsonl` holds the answers."""
