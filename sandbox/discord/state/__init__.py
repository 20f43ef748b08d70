"""State of the sandbox Discord: servers, messages, interactions, sessions."""
