"""Connecting to Discord: the client, its command tree, shards, and what runs beside them."""
