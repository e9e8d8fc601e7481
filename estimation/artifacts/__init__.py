"""A table as a versioned folder: identity, manifest, and how it moved between releases."""
