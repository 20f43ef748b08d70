"""Basic helpers that depend on no other package: clock, ids, logging, metrics, network."""
