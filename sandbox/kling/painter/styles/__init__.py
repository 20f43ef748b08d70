"""One module for each family of styles."""
