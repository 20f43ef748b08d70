"""Mutation tests: small faults put into a copy of the core, which the tests have to notice."""
