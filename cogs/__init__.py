"""The Discord face: commands, wording, layouts, posting. Thin: data comes in, services decide."""
