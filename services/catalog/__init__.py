"""What can be asked for: models, styles, the provider."""
