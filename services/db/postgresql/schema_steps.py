"""Later migration steps of PostgreSQL; each means the same as SQLite's step of that name."""

from __future__ import annotations

FETCHING = (
    "ALTER TABLE job ADD COLUMN generated_at DOUBLE PRECISION",
    "ALTER TABLE job ADD COLUMN fetch_tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN unusable_tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN fetched_bytes BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN refunded_units INTEGER NOT NULL DEFAULT 0",
    """CREATE INDEX job_refunded ON job (day, user_id, guild_id, created_at)
       INCLUDE (refunded_units) WHERE refunded_units > 0 AND given_back = 0""",
)

REPORTS = (
    """
    CREATE TABLE report (
        job_id   TEXT NOT NULL,
        guild_id BIGINT NOT NULL,
        user_id  BIGINT NOT NULL,
        at       DOUBLE PRECISION NOT NULL,
        PRIMARY KEY (job_id, guild_id, user_id)
    )
    """,
    "CREATE INDEX report_by_user ON report (user_id, at)",
    "CREATE INDEX report_by_guild ON report (guild_id, at)",
)

REQUIRED_ROLES = (
    """
    CREATE TABLE required_role (
        guild_id BIGINT NOT NULL,
        role_id  BIGINT NOT NULL,
        PRIMARY KEY (guild_id, role_id)
    )
    """,
)

ACCESS = (
    """
    CREATE TABLE blocked_user (
        user_id BIGINT PRIMARY KEY,
        reason  TEXT COLLATE "C" NOT NULL,
        set_by  BIGINT NOT NULL,
        at      DOUBLE PRECISION NOT NULL
    )
    """,
    """
    CREATE TABLE blocked_guild (
        guild_id BIGINT PRIMARY KEY,
        reason   TEXT COLLATE "C" NOT NULL,
        set_by   BIGINT NOT NULL,
        at       DOUBLE PRECISION NOT NULL
    )
    """,
    """
    CREATE TABLE allowed_guild (
        guild_id BIGINT PRIMARY KEY,
        set_by   BIGINT NOT NULL,
        at       DOUBLE PRECISION NOT NULL
    )
    """,
)

OPT_OUT = (
    """
    CREATE TABLE opt_out (
        user_id BIGINT PRIMARY KEY,
        at      DOUBLE PRECISION NOT NULL
    )
    """,
    """
    CREATE TABLE source_owner (
        job_id  TEXT COLLATE "C" NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        user_id BIGINT NOT NULL,
        PRIMARY KEY (job_id, user_id)
    )
    """,
    "CREATE INDEX source_owner_user ON source_owner (user_id)",
)

HIDDEN_POSTINGS = (
    "ALTER TABLE posting ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1))",
)

SOURCE_FORM = (
    """
    ALTER TABLE job ADD COLUMN source_form TEXT COLLATE "C" NOT NULL DEFAULT 'untouched'
    """,
)
