"""See the modules: one a page or what is done on it."""
