"""SQL of the first three migration steps; never edited once released."""

from __future__ import annotations

_JOB = """
CREATE TABLE job (
    id             TEXT PRIMARY KEY,
    interaction_id INTEGER NOT NULL UNIQUE,
    user_id        INTEGER NOT NULL,
    guild_id       INTEGER,
    channel_id     INTEGER NOT NULL,
    message_id     INTEGER,
    prompt         TEXT NOT NULL,
    options        TEXT NOT NULL CHECK (json_valid(options)),
    source         TEXT NOT NULL CHECK (json_valid(source)),
    place          TEXT NOT NULL CHECK (json_valid(place)),
    model          TEXT NOT NULL,
    units          INTEGER NOT NULL CHECK (units BETWEEN 1 AND 9),
    day            TEXT NOT NULL,
    given_back     INTEGER NOT NULL DEFAULT 0 CHECK (given_back IN (0, 1)),
    state          TEXT NOT NULL CHECK (state IN ('queued', 'submitting', 'running', 'ready',
                       'delivered', 'undelivered', 'failed', 'refused', 'uncertain', 'expired',
                       'cancelled')),
    created_at     REAL NOT NULL,
    claimed_at     REAL,
    sent_at        REAL,
    submitted_at   REAL,
    ready_at       REAL,
    ended_at       REAL,
    told_at        REAL,
    next_at        REAL,
    leased_until   REAL NOT NULL DEFAULT 0,
    tries          INTEGER NOT NULL DEFAULT 0,
    late           INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    task_id        TEXT,
    outcome        TEXT CHECK (outcome IS NULL OR json_valid(outcome)),
    CHECK (state <> 'running' OR task_id IS NOT NULL),
    CHECK (given_back = 0 OR state NOT IN ('queued', 'submitting'))
) STRICT
"""

_RESULT = """
CREATE TABLE result (
    job_id   TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    path     TEXT NOT NULL,
    url      TEXT NOT NULL,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    size     INTEGER NOT NULL,
    PRIMARY KEY (job_id, position)
) STRICT
"""

_TURN = """
CREATE TABLE turn (
    user_id   INTEGER PRIMARY KEY,
    served_at REAL NOT NULL
) STRICT
"""

_PROVIDER = """
CREATE TABLE provider (
    name              TEXT PRIMARY KEY,
    hold_until        REAL NOT NULL DEFAULT 0,
    busy_tries        INTEGER NOT NULL DEFAULT 0,
    paused_at         REAL,
    pause_key         TEXT,
    probe_at          REAL NOT NULL DEFAULT 0,
    probes            INTEGER NOT NULL DEFAULT 0,
    knows_external_id INTEGER CHECK (knows_external_id IN (0, 1)),
    knows_list        INTEGER CHECK (knows_list IN (0, 1))
) STRICT
"""

_NOTE = """
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT
"""

_INDEXES = (
    # Due jobs; ended and delivered jobs have no next_at and are not in it.
    "CREATE INDEX job_due ON job (next_at) WHERE next_at IS NOT NULL AND state <> 'queued'",
    # The queue, and a user's open jobs.
    """CREATE INDEX job_open ON job (user_id, state, id)
       WHERE state IN ('queued', 'submitting', 'running')""",
    "CREATE INDEX job_queue ON job (id) WHERE state = 'queued'",
    "CREATE INDEX job_at_provider ON job (units) WHERE state IN ('submitting', 'running')",
    # Usage in a window: of a user, a guild, the whole bot.
    "CREATE INDEX job_user_day ON job (user_id, day, units) WHERE given_back = 0",
    "CREATE INDEX job_guild_day ON job (guild_id, day, units) WHERE given_back = 0",
    "CREATE INDEX job_day ON job (day, units) WHERE given_back = 0",
    "CREATE INDEX job_user_created ON job (user_id, created_at)",
    # Which recent tasks are ours.
    "CREATE INDEX job_submitted ON job (submitted_at) WHERE submitted_at IS NOT NULL",
    # Generation times: how long a model takes for a number of images.
    "CREATE INDEX job_rhythm ON job (model, units, ready_at) WHERE ready_at IS NOT NULL",
)


FIRST = (_JOB, _RESULT, _TURN, _PROVIDER, _NOTE, *_INDEXES)

ANSWERS = (
    # Images that came with the response to the submission; task_id is '' if there is none.
    "ALTER TABLE job ADD COLUMN images TEXT CHECK (images IS NULL OR json_valid(images))",
    "ALTER TABLE job ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0",
    """
    CREATE TABLE closed_model (
        provider  TEXT NOT NULL,
        model     TEXT NOT NULL,
        closed_at REAL NOT NULL,
        probe_at  REAL NOT NULL,
        probes    INTEGER NOT NULL DEFAULT 1,
        PRIMARY KEY (provider, model)
    ) STRICT
    """,
)


MONEY = (
    "ALTER TABLE job ADD COLUMN cost_micro INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN deduction REAL",
    # Cost that counts against caps: also if it may have been paid although the user's units were
    # refunded, or if the provider itself reported it.
    """ALTER TABLE job ADD COLUMN charged_micro INTEGER GENERATED ALWAYS AS (
       CASE WHEN given_back = 0 OR deduction IS NOT NULL
       OR state IN ('running', 'ready', 'delivered', 'undelivered', 'uncertain')
       THEN cost_micro ELSE 0 END) VIRTUAL""",
    # Usage in a window, now with cost, and of a user in one guild or since a reset.
    "DROP INDEX job_user_day",
    "DROP INDEX job_guild_day",
    "DROP INDEX job_day",
    """CREATE INDEX job_member_day ON job (user_id, day, guild_id, created_at, units)
       WHERE given_back = 0""",
    "CREATE INDEX job_guild_usage ON job (guild_id, day, given_back, units, charged_micro)",
    "CREATE INDEX job_usage ON job (day, given_back, units, charged_micro)",
)

COMMUNITY = (
    """
    CREATE TABLE guild (
        guild_id            INTEGER PRIMARY KEY,
        user_daily          INTEGER CHECK (user_daily >= 0),
        guild_daily         INTEGER CHECK (guild_daily >= 0),
        max_count           INTEGER CHECK (max_count BETWEEN 1 AND 9),
        private_only        INTEGER NOT NULL DEFAULT 0 CHECK (private_only IN (0, 1)),
        spoiler             INTEGER NOT NULL DEFAULT 0 CHECK (spoiler IN (0, 1)),
        age_restricted_only INTEGER NOT NULL DEFAULT 0 CHECK (age_restricted_only IN (0, 1)),
        min_membership_days INTEGER NOT NULL DEFAULT 0 CHECK (min_membership_days >= 0),
        default_model       TEXT,
        default_style       TEXT,
        log_channel_id      INTEGER
    ) STRICT
    """,
    # guild_id 0 stands for the whole bot.
    """
    CREATE TABLE pause (
        guild_id INTEGER PRIMARY KEY,
        at       REAL NOT NULL,
        set_by   INTEGER NOT NULL,
        reason   TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE role_limit (
        guild_id INTEGER NOT NULL,
        role_id  INTEGER NOT NULL,
        units    INTEGER NOT NULL CHECK (units >= 0),
        PRIMARY KEY (guild_id, role_id)
    ) STRICT
    """,
    """
    CREATE TABLE allowed_channel (
        guild_id   INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        PRIMARY KEY (guild_id, channel_id)
    ) STRICT
    """,
    # `word` is the normalized phrase: two spellings of one phrase are the same word.
    """
    CREATE TABLE blocked_word (
        guild_id INTEGER NOT NULL,
        word     TEXT NOT NULL,
        phrase   TEXT NOT NULL,
        PRIMARY KEY (guild_id, word)
    ) STRICT
    """,
    """
    CREATE TABLE member_grant (
        guild_id   INTEGER NOT NULL,
        user_id    INTEGER NOT NULL,
        units      INTEGER NOT NULL CHECK (units > 0),
        expires_at REAL,
        reason     TEXT NOT NULL,
        set_by     INTEGER NOT NULL,
        at         REAL NOT NULL,
        PRIMARY KEY (guild_id, user_id)
    ) STRICT
    """,
    """
    CREATE TABLE member_block (
        guild_id   INTEGER NOT NULL,
        user_id    INTEGER NOT NULL,
        expires_at REAL,
        reason     TEXT NOT NULL,
        set_by     INTEGER NOT NULL,
        at         REAL NOT NULL,
        PRIMARY KEY (guild_id, user_id)
    ) STRICT
    """,
    """
    CREATE TABLE member_reset (
        guild_id INTEGER NOT NULL,
        user_id  INTEGER NOT NULL,
        at       REAL NOT NULL,
        PRIMARY KEY (guild_id, user_id)
    ) STRICT
    """,
    """
    CREATE TABLE audit (
        id       INTEGER PRIMARY KEY,
        guild_id INTEGER,
        at       REAL NOT NULL,
        set_by   INTEGER NOT NULL,
        action   TEXT NOT NULL,
        target   INTEGER,
        details  TEXT NOT NULL CHECK (json_valid(details))
    ) STRICT
    """,
    "CREATE INDEX audit_guild ON audit (guild_id, id)",
)
