"""Two-way fixed-effects regression and its inference."""
