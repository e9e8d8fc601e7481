"""Data sets with editions: whole editions of a publication, with their release dates, hashes and licences."""
