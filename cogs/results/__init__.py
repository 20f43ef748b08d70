"""Buttons under a result, reports and removal."""
