"""Who publishes what, and the receipt of every file: catalogs and receipts."""
