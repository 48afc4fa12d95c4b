"""See the modules: one a step of the year."""
