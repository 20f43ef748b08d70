"""Texts, messages, buttons and answers that all cogs share."""

from cogs.ui import text
from cogs.ui.audit_text import format_audit_entries, format_audit_entry
from cogs.ui.context import link_to, make_reply_target, member_context, missing_permissions
from cogs.ui.discord_errors import ODD_ANSWER, UNREADABLE, WordsBlocked, is_blocked, translated
from cogs.ui.escaping import as_code, link, plain
from cogs.ui.job_message import (
    ALT_LIMIT,
    MESSAGE_LIMIT,
    TEXT_LIMIT,
    JobMessage,
    cut,
    text_view,
    whole_lines,
)
from cogs.ui.lineage_text import format_lineage
from cogs.ui.locales import SOURCE, nearest
from cogs.ui.member_names import Names
from cogs.ui.quota_text import format_pause, format_quota_status
from cogs.ui.respond import answer_error, answer_privately, note_duplicate_answer, words_for
from cogs.ui.style_autocomplete import CHOICES, StyleChoices
from cogs.ui.text import (
    file_names,
    format_option,
    format_option_label,
    format_option_name,
    format_option_value,
    format_reason,
    listed,
    name_state,
    sentence,
    stamp,
)
from cogs.ui.translator import FileTranslator

__all__ = [
    "ALT_LIMIT",
    "CHOICES",
    "MESSAGE_LIMIT",
    "ODD_ANSWER",
    "SOURCE",
    "TEXT_LIMIT",
    "UNREADABLE",
    "FileTranslator",
    "JobMessage",
    "Names",
    "StyleChoices",
    "WordsBlocked",
    "answer_error",
    "answer_privately",
    "as_code",
    "cut",
    "file_names",
    "format_audit_entries",
    "format_audit_entry",
    "format_lineage",
    "format_option",
    "format_option_label",
    "format_option_name",
    "format_option_value",
    "format_pause",
    "format_quota_status",
    "format_reason",
    "is_blocked",
    "link",
    "link_to",
    "listed",
    "make_reply_target",
    "member_context",
    "missing_permissions",
    "name_state",
    "nearest",
    "note_duplicate_answer",
    "plain",
    "sentence",
    "stamp",
    "text",
    "text_view",
    "translated",
    "whole_lines",
    "words_for",
]
