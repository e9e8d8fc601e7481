"""Panel tests: a public function and its kernel in one file a family."""
