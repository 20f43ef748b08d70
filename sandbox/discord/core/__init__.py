"""Data model, ids, permissions and JSON types of the sandbox Discord."""
