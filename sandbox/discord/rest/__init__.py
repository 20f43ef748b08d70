"""REST routes of the sandbox Discord."""
