"""A server's settings, with an audit log."""
