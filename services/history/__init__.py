"""Finished jobs: who may see them, /jobs, export and erasure."""
