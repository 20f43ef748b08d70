"""The operator's commands in the terminal, such as `try` (generate once) and `check` (diagnose)."""

from services.cli.operator_commands import add_governing

__all__ = [
    "add_governing",
]
