"""Translation of the store's SQL from SQLite's dialect to psycopg and PostgreSQL."""

from __future__ import annotations

import functools
import re

SPELLINGS = {
    "json_set(job.place, '$.token', '')": """(job.place::jsonb || '{"token": ""}')::text""",
    "json_set(job.source, '$.url', '')": """(job.source::jsonb || '{"url": ""}')::text""",
    "json_set(job.source, '$.name', '', '$.url', '')": (
        """(job.source::jsonb || '{"name": "", "url": ""}')::text"""
    ),
    "json_set(job.options, '$.spoiler', json('true'))": (
        """(job.options::jsonb || '{"spoiler": true}')::text"""
    ),
    "json_set(job.options, '$.style', NULL)": (
        """(job.options::jsonb || '{"style": null}')::text"""
    ),
    "json_extract(job.options, '$.style')": "(job.options::jsonb ->> 'style')",
    "json_extract(job.outcome, '$.key')": "(job.outcome::jsonb ->> 'key')",
    "json_remove(job.outcome, '$.words')": "(job.outcome::jsonb - 'words')::text",
    "(SELECT json_group_array(json_set(each.value, '$.url', ''))"
    " FROM json_each(job.more) AS each)": (
        """COALESCE((SELECT jsonb_agg(each.value || '{"url": ""}')
        FROM jsonb_array_elements(job.more::jsonb) AS each (value)), '[]')::text"""
    ),
    "job.rowid": "job.number",
    "(julianday('now') - 2440587.5) * 86400.0": (
        "EXTRACT(EPOCH FROM clock_timestamp())::double precision"
    ),
    "/* that nobody takes now */": "FOR UPDATE SKIP LOCKED",
    "/* by nobody who lives */": """AND (job.leased_by = %(me)s OR NOT EXISTS (
        SELECT 1 FROM pg_locks AS life WHERE life.locktype = 'advisory' AND life.granted
        AND life.classid::bigint = 1380273230 AND life.objid::bigint = job.leased_by
        AND life.objsubid = 2 AND life.database = (
            SELECT pg_database.oid FROM pg_database
            WHERE pg_database.datname = current_database())))""",
}
"""SQL expressions that the two databases spell differently: SQLite's, which the store uses, and
PostgreSQL's."""

LIVING = 1380273230
"""First key of the advisory lock that each process holds as long as it lives (see sessions.py)."""

_PARTS = re.compile(r"'[^']*'|\?|:(?P<name>[a-z_]+)|%")


@functools.cache
def translated(sql: str) -> str:
    """Return a statement of the store in PostgreSQL's SQL, with psycopg's placeholders; cached."""
    text = _PARTS.sub(_part, sql)
    for ours, theirs in SPELLINGS.items():
        text = text.replace(ours, theirs)
    return text


def _part(match: re.Match[str]) -> str:
    if match["name"]:
        return f"%({match['name']})s"
    return "%s" if match[0] == "?" else match[0].replace("%", "%%")
