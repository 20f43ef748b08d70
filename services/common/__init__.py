"""Helpers without knowledge of the rest: clock, ids, logging, metrics, network."""
