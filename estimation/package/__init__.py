"""The content of a replication package: facts, description, texts, metadata, rules, archive; and of a data release."""
