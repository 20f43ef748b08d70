"""Benchmarks: the bot and simpler implementations, compared in one run."""
