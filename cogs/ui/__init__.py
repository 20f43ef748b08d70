"""Texts, messages, buttons and answers that all cogs share."""

from cogs.ui import text
from cogs.ui.audit_text import history_of, line_of
from cogs.ui.context import check_permissions, link_to, member_context, place_of
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
from cogs.ui.lineage_text import of_history
from cogs.ui.locales import SOURCE, nearest
from cogs.ui.member_names import Names
from cogs.ui.quota_text import of_pause, of_standing
from cogs.ui.respond import answer_error, answer_privately, note_duplicate_answer, words_for
from cogs.ui.style_autocomplete import CHOICES, StyleChoices
from cogs.ui.text import file_names, listed, of_option, of_reason, sentence, stamp, state_of
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
    "check_permissions",
    "cut",
    "file_names",
    "history_of",
    "is_blocked",
    "line_of",
    "link",
    "link_to",
    "listed",
    "member_context",
    "nearest",
    "note_duplicate_answer",
    "of_history",
    "of_option",
    "of_pause",
    "of_reason",
    "of_standing",
    "place_of",
    "plain",
    "sentence",
    "stamp",
    "state_of",
    "text",
    "text_view",
    "translated",
    "whole_lines",
    "words_for",
]
