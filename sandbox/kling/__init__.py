"""A sandbox Kling: the provider's API over real HTTP, with an image generator behind it."""
