"""The tables, as steps that are never edited once released: a change is a new step below.

Each step runs once, inside the opening transaction. Instants are Unix seconds (REAL), ids of
Discord INTEGER, JSON columns hold what no query looks into.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

MIGRATIONS = Migrations("repaint")

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
    # What is due; ended and delivered Jobs have no next_at and are not in it.
    "CREATE INDEX job_due ON job (next_at) WHERE next_at IS NOT NULL AND state <> 'queued'",
    # The queue, and a member's open Jobs.
    """CREATE INDEX job_open ON job (user_id, state, id)
       WHERE state IN ('queued', 'submitting', 'running')""",
    "CREATE INDEX job_queue ON job (id) WHERE state = 'queued'",
    "CREATE INDEX job_at_provider ON job (units) WHERE state IN ('submitting', 'running')",
    # Usage in a Window: of a member, a server, the whole bot.
    "CREATE INDEX job_user_day ON job (user_id, day, units) WHERE given_back = 0",
    "CREATE INDEX job_guild_day ON job (guild_id, day, units) WHERE given_back = 0",
    "CREATE INDEX job_day ON job (day, units) WHERE given_back = 0",
    "CREATE INDEX job_user_created ON job (user_id, created_at)",
    # Which recent tasks are ours.
    "CREATE INDEX job_submitted ON job (submitted_at) WHERE submitted_at IS NOT NULL",
    # The learned rhythm: how long a model takes for so many images.
    "CREATE INDEX job_rhythm ON job (model, units, ready_at) WHERE ready_at IS NOT NULL",
)


@MIGRATIONS()
def m001_jobs(db: Database) -> None:
    """Jobs with their results, members' turns, what is known of the provider, small notes."""
    for statement in (_JOB, _RESULT, _TURN, _PROVIDER, _NOTE, *_INDEXES):
        db.execute(statement)


_ANSWERS = (
    # Pictures that came with the submission's own answer; task_id is then '' where there is none.
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


@MIGRATIONS()
def m002_answers(db: Database) -> None:
    """Pictures without a Task, Tasks without a slot, models that the provider does not open."""
    for statement in _ANSWERS:
        db.execute(statement)


_MONEY = (
    "ALTER TABLE job ADD COLUMN cost_micro INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN deduction REAL",
    # What counts against a cap on cost: also what may have been paid for though the member got
    # the units back, or what the provider itself said it took.
    """ALTER TABLE job ADD COLUMN charged_micro INTEGER GENERATED ALWAYS AS (
       CASE WHEN given_back = 0 OR deduction IS NOT NULL
       OR state IN ('running', 'ready', 'delivered', 'undelivered', 'uncertain')
       THEN cost_micro ELSE 0 END) VIRTUAL""",
    # Usage in a Window, now with cost, and of a member in one server or since a reset.
    "DROP INDEX job_user_day",
    "DROP INDEX job_guild_day",
    "DROP INDEX job_day",
    """CREATE INDEX job_member_day ON job (user_id, day, guild_id, created_at, units)
       WHERE given_back = 0""",
    "CREATE INDEX job_guild_usage ON job (guild_id, day, given_back, units, charged_micro)",
    "CREATE INDEX job_usage ON job (day, given_back, units, charged_micro)",
)

_COMMUNITY = (
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
    # `word` is the phrase as it is looked for: two spellings of one are one.
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


@MIGRATIONS()
def m003_community(db: Database) -> None:
    """Cost of Jobs; what moderators and operators decide, and the trail of it."""
    for statement in (*_MONEY, *_COMMUNITY):
        db.execute(statement)


_KIND = (
    """
    ALTER TABLE job ADD COLUMN kind TEXT NOT NULL DEFAULT 'repaint'
        CHECK (kind IN ('repaint', 'expand', 'blend'))
    """,
    # Sources that came beside the first one.
    "ALTER TABLE job ADD COLUMN more TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(more))",
)

_ENDPOINTS = """
CREATE TABLE endpoint_knowledge (
    provider          TEXT NOT NULL,
    endpoint          TEXT NOT NULL,
    knows_external_id INTEGER,
    knows_list        INTEGER,
    PRIMARY KEY (provider, endpoint)
) STRICT
"""

_DEFAULTS = (
    # A member's own; NULL where they have none, an empty style is the choice of none.
    """
    CREATE TABLE member_preference (
        user_id INTEGER PRIMARY KEY,
        model   TEXT,
        style   TEXT,
        count   INTEGER CHECK (count BETWEEN 1 AND 9),
        ratio   TEXT,
        format  TEXT CHECK (format IN ('png', 'jpg')),
        private INTEGER CHECK (private IN (0, 1)),
        spoiler INTEGER CHECK (spoiler IN (0, 1))
    ) STRICT
    """,
    # An empty fragment takes the shipped style of this key off a server's list.
    """
    CREATE TABLE guild_style (
        guild_id INTEGER NOT NULL,
        key      TEXT NOT NULL,
        name     TEXT NOT NULL,
        name_zh  TEXT NOT NULL,
        fragment TEXT NOT NULL,
        PRIMARY KEY (guild_id, key)
    ) STRICT
    """,
)


@MIGRATIONS()
def m004_ways(db: Database) -> None:
    """Keep what a Job asks for, what each path answers, members' defaults, servers' styles."""
    for statement in (*_KIND, _ENDPOINTS, *_DEFAULTS):
        db.execute(statement)


_FASTER = (
    # The queue by members: without it every claim reads all Jobs there ever were.
    "DROP INDEX job_queue",
    "CREATE INDEX job_waiting ON job (user_id, id, state) WHERE state = 'queued'",
    # With the state in them both are read without a look at the rows (SQLite, covering indexes).
    "DROP INDEX job_at_provider",
    """CREATE INDEX job_at_provider ON job (units, state)
       WHERE state IN ('submitting', 'running')""",
)


@MIGRATIONS()
def m005_queue(db: Database) -> None:
    """Hold in two indexes all that is read of the queue and of the units in flight."""
    for statement in _FASTER:
        db.execute(statement)


_MINE = (
    "ALTER TABLE job ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1))",
    "ALTER TABLE job ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1))",
    "ALTER TABLE job ADD COLUMN pinged_at REAL",
    # Where a Job's pictures were posted besides its own message.
    """
    CREATE TABLE posting (
        job_id     TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        message_id INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        guild_id   INTEGER,
        PRIMARY KEY (job_id, message_id)
    ) STRICT
    """,
    # A member's own Jobs, the newest first, everywhere and in one server.
    "CREATE INDEX job_mine ON job (user_id, created_at, id) WHERE forgotten = 0",
    "CREATE INDEX job_mine_here ON job (user_id, guild_id, created_at, id) WHERE forgotten = 0",
    "CREATE INDEX job_forgotten ON job (day) WHERE forgotten = 1 AND user_id <> 0",
)


@MIGRATIONS()
def m006_mine(db: Database) -> None:
    """Pictures that are not posted, or elsewhere too; pings; what is forgotten."""
    for statement in _MINE:
        db.execute(statement)
