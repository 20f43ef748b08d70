"""Benchmarks: the bot against plainer ways of doing the same, side by side in one run."""
