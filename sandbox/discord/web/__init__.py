"""The web page of the sandbox Discord."""
