"""A Kling on this computer: the provider's contract over real HTTP, and a painter behind it."""
