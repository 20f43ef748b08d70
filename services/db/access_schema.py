"""SQLite tables added later: reports, blocks, allowed servers, opt-outs, source owners."""

from __future__ import annotations

REQUIRED_ROLES = """
CREATE TABLE required_role (
    guild_id INTEGER NOT NULL,
    role_id  INTEGER NOT NULL,
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID
"""

ACCESS = (
    """
    CREATE TABLE blocked_user (
        user_id INTEGER PRIMARY KEY,
        reason  TEXT NOT NULL,
        set_by  INTEGER NOT NULL,
        at      REAL NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE blocked_guild (
        guild_id INTEGER PRIMARY KEY,
        reason   TEXT NOT NULL,
        set_by   INTEGER NOT NULL,
        at       REAL NOT NULL
    ) STRICT
    """,
    # Without a row every guild is allowed.
    """
    CREATE TABLE allowed_guild (
        guild_id INTEGER PRIMARY KEY,
        set_by   INTEGER NOT NULL,
        at       REAL NOT NULL
    ) STRICT
    """,
)

OPT_OUT = (
    """
    CREATE TABLE opt_out (
        user_id INTEGER PRIMARY KEY,
        at      REAL NOT NULL
    ) STRICT
    """,
    # Owners of the images that a job started from, except its own user. 0: a user who opted out and
    # whose data was deleted since.
    """
    CREATE TABLE source_owner (
        job_id  TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        user_id INTEGER NOT NULL,
        PRIMARY KEY (job_id, user_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX source_owner_user ON source_owner (user_id)",
)

REPORTS = (
    """
    CREATE TABLE report (
        job_id   TEXT NOT NULL,
        guild_id INTEGER NOT NULL,
        user_id  INTEGER NOT NULL,
        at       REAL NOT NULL,
        PRIMARY KEY (job_id, guild_id, user_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX report_by_user ON report (user_id, at)",
    "CREATE INDEX report_by_guild ON report (guild_id, at)",
)
