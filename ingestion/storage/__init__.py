"""Where bytes lie: the inbox of landing and the archive."""
