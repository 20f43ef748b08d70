"""Styles of the image generator, one module per family."""
