"""SQLite's tables as migration steps, never edited once released: a change is a new step below.

A step whose name begins with `e` expands: older programs work beside it (migration_names.py,
docs/architecture.md). PostgreSQL's steps of the same names are in postgresql/schema_upgrade.py.

Each step runs once, inside the opening transaction. Instants are Unix seconds (REAL), ids of
Discord INTEGER, JSON columns hold what no query looks into.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from services.db.access_schema import ACCESS, OPT_OUT, REPORTS, REQUIRED_ROLES
from services.db.schema import ANSWERS, COMMUNITY, FIRST, MONEY

MIGRATIONS = Migrations("repaint")


@MIGRATIONS()
def m001_jobs(db: Database) -> None:
    """Add jobs with their results, users' round-robin positions, provider state, notes."""
    for statement in FIRST:
        db.execute(statement)


@MIGRATIONS()
def m002_answers(db: Database) -> None:
    """Add images without a task, repeated tasks, models that the provider refuses to us."""
    for statement in ANSWERS:
        db.execute(statement)


@MIGRATIONS()
def m003_community(db: Database) -> None:
    """Add the cost of jobs, and the decisions of moderators and operators with their audit log."""
    for statement in (*MONEY, *COMMUNITY):
        db.execute(statement)


_KIND = (
    """
    ALTER TABLE job ADD COLUMN kind TEXT NOT NULL DEFAULT 'repaint'
        CHECK (kind IN ('repaint', 'expand', 'blend'))
    """,
    # The sources after the first one.
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
    # A user's own defaults; NULL where they have none, an empty style means explicitly none.
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
    # An empty fragment hides the built-in style with this key in a server.
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
    """Add kinds of requests, capabilities of paths, users' defaults, servers' styles."""
    for statement in (*_KIND, _ENDPOINTS, *_DEFAULTS):
        db.execute(statement)


_FASTER = (
    # The queue by users: without it every claim reads all jobs there ever were.
    "DROP INDEX job_queue",
    "CREATE INDEX job_waiting ON job (user_id, id, state) WHERE state = 'queued'",
    # With the state in them, both queries read the index only (SQLite, covering indexes).
    "DROP INDEX job_at_provider",
    """CREATE INDEX job_at_provider ON job (units, state)
       WHERE state IN ('submitting', 'running')""",
)


@MIGRATIONS()
def m005_queue(db: Database) -> None:
    """Replace indexes so that they answer all queries about the queue and units in flight."""
    for statement in _FASTER:
        db.execute(statement)


_MINE = (
    "ALTER TABLE job ADD COLUMN withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1))",
    "ALTER TABLE job ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1))",
    "ALTER TABLE job ADD COLUMN pinged_at REAL",
    # Where a job's images were posted in addition to its own message.
    """
    CREATE TABLE posting (
        job_id     TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        message_id INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        guild_id   INTEGER,
        PRIMARY KEY (job_id, message_id)
    ) STRICT
    """,
    # A user's own jobs, the newest first, everywhere and in one server.
    "CREATE INDEX job_mine ON job (user_id, created_at, id) WHERE forgotten = 0",
    "CREATE INDEX job_mine_here ON job (user_id, guild_id, created_at, id) WHERE forgotten = 0",
    "CREATE INDEX job_forgotten ON job (day) WHERE forgotten = 1 AND user_id <> 0",
)


@MIGRATIONS()
def m006_mine(db: Database) -> None:
    """Add withheld images, additional postings, mentions, and deletion of user data."""
    for statement in _MINE:
        db.execute(statement)


_FORMS = (
    # Choices made before a form opened; the id begins with the time, as a job's does.
    """
    CREATE TABLE open_form (
        id      TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL,
        about   TEXT NOT NULL CHECK (json_valid(about))
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def m007_open_forms(db: Database) -> None:
    """Store the content of open forms, so that it outlives a restart."""
    for statement in _FORMS:
        db.execute(statement)


@MIGRATIONS()
def m008_holders(db: Database) -> None:
    """Store the process that last leased a job: 0 for none, 1 for the only one of a file."""
    db.execute("ALTER TABLE job ADD COLUMN leased_by INTEGER NOT NULL DEFAULT 0")


_FLEET = (
    # One row per process that takes part; `holder` is its number in the leases of jobs.
    """
    CREATE TABLE fleet_process (
        id           TEXT PRIMARY KEY,
        holder       INTEGER NOT NULL,
        seen_at      REAL NOT NULL,
        steady_since REAL NOT NULL,
        leaving      INTEGER NOT NULL DEFAULT 0 CHECK (leaving IN (0, 1))
    ) STRICT
    """,
    # One row per shard: the process that holds it, and the one that is to take over.
    """
    CREATE TABLE fleet_shard (
        number        INTEGER PRIMARY KEY,
        process       TEXT,
        fence         INTEGER NOT NULL DEFAULT 0,
        leased_until  REAL NOT NULL DEFAULT 0,
        offered       INTEGER NOT NULL DEFAULT 0 CHECK (offered IN (0, 1)),
        heir          TEXT,
        heir_until    REAL NOT NULL DEFAULT 0,
        heir_is_ready INTEGER NOT NULL DEFAULT 0 CHECK (heir_is_ready IN (0, 1)),
        answered      TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(answered))
    ) STRICT
    """,
    # Named locks, and claims of what all processes together do once in a while.
    """
    CREATE TABLE fleet_turn (
        name    TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        until   REAL NOT NULL
    ) STRICT
    """,
)


@MIGRATIONS()
def m010_fleet(db: Database) -> None:
    """Store which process holds which shard."""
    for statement in _FLEET:
        db.execute(statement)


_PROOFS = (
    "ALTER TABLE job ADD COLUMN resends INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN unknown_polls INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN unknown_since REAL",
    # When a path was last seen to answer so; facts stored without an instant are no proof.
    "ALTER TABLE endpoint_knowledge ADD COLUMN external_id_at REAL",
    "ALTER TABLE endpoint_knowledge ADD COLUMN list_at REAL",
)


@MIGRATIONS()
def e011_proofs(db: Database) -> None:
    """Count resends and polls of unknown tasks; store when capabilities were seen."""
    for statement in _PROOFS:
        db.execute(statement)


_SLOTS = (
    "ALTER TABLE job ADD COLUMN holds_slot INTEGER NOT NULL DEFAULT 1 CHECK (holds_slot IN (0, 1))",
    # Also used by older versions, which count every job at the provider.
    "DROP INDEX job_at_provider",
    """CREATE INDEX job_at_provider ON job (holds_slot, units, state)
       WHERE state IN ('submitting', 'running')""",
)


@MIGRATIONS()
def e012_slots(db: Database) -> None:
    """Store which jobs count against the provider's units and their user's running jobs."""
    for statement in _SLOTS:
        db.execute(statement)


@MIGRATIONS()
def e013_open_tries(db: Database) -> None:
    """Count how often the process died while one of a job's images was being opened."""
    db.execute("ALTER TABLE job ADD COLUMN open_tries INTEGER NOT NULL DEFAULT 0")


_GENERATION = (
    "ALTER TABLE job ADD COLUMN polled_at REAL",
    "ALTER TABLE job ADD COLUMN generation_s REAL",
    """ALTER TABLE job ADD COLUMN generation_censored INTEGER NOT NULL DEFAULT 0
       CHECK (generation_censored IN (0, 1))""",
)


@MIGRATIONS()
def e014_generation(db: Database) -> None:
    """Store how long the provider took to generate, apart from when the bot noticed."""
    for statement in _GENERATION:
        db.execute(statement)


_DELETES = """
CREATE TABLE pending_delete (
    job_id  TEXT PRIMARY KEY,
    reason  TEXT NOT NULL DEFAULT '',
    tries   INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID
"""


@MIGRATIONS()
def e015_deletes(db: Database) -> None:
    """Store which jobs' images are still to be deleted, after a crash or a disk error."""
    db.execute(_DELETES)


_FETCHING = (
    "ALTER TABLE job ADD COLUMN generated_at REAL",
    "ALTER TABLE job ADD COLUMN fetch_tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN unusable_tries INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN fetched_bytes INTEGER NOT NULL DEFAULT 0",
    "ALTER TABLE job ADD COLUMN refunded_units INTEGER NOT NULL DEFAULT 0",
    # Refunds are few: sums subtract them, and the large indexes of usage stay unchanged.
    """CREATE INDEX job_refunded ON job (day, user_id, guild_id, created_at, refunded_units)
       WHERE refunded_units > 0 AND given_back = 0""",
)


@MIGRATIONS()
def e018_fetching(db: Database) -> None:
    """Store since when images wait to be fetched, the attempts, and partial refunds."""
    for statement in _FETCHING:
        db.execute(statement)


@MIGRATIONS()
def e019_reports(db: Database) -> None:
    """Store who reported which job in which server; the indexes serve the rate limits."""
    for statement in REPORTS:
        db.execute(statement)


@MIGRATIONS()
def e020_required_roles(db: Database) -> None:
    """Store the roles of which a server requires one."""
    db.execute(REQUIRED_ROLES)


@MIGRATIONS()
def e021_access(db: Database) -> None:
    """Store the operators' blocks in the whole bot, and the guilds that they allow."""
    for statement in ACCESS:
        db.execute(statement)


@MIGRATIONS()
def e022_opt_out(db: Database) -> None:
    """Store who opted out, and the owners of images that others' requests started from."""
    for statement in OPT_OUT:
        db.execute(statement)


@MIGRATIONS()
def e023_hidden_postings(db: Database) -> None:
    """Store which of a job's postings moderators hid."""
    db.execute(
        "ALTER TABLE posting ADD COLUMN hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1))"
    )


@MIGRATIONS()
def e024_source_form(db: Database) -> None:
    """Store the form in which a job's sources are sent."""
    db.execute("ALTER TABLE job ADD COLUMN source_form TEXT NOT NULL DEFAULT 'untouched'")
