"""`./moonpool test`: every test of the project in groups, each with a time budget."""
