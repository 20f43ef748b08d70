"""The operator's own commands in the terminal: `try` paints once, `check` looks for trouble."""
