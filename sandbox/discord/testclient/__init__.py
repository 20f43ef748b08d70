"""A member of the sandbox Discord, driven by tests."""
