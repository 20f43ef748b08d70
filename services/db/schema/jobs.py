"""Tables of jobs, of what belongs to a job, and of a user's requests."""

from __future__ import annotations

from collections.abc import Sequence

from services.db.schema.notation import POSTGRESQL, SQLITE, Statement, Table, index

JOBS: Sequence[Table | Statement] = (
    Table("""job since m001_jobs
        id                  text PRIMARY KEY
        -- The order of acceptance.
        number              rowid
        interaction_id      id NOT NULL UNIQUE
        user_id             id NOT NULL
        guild_id            id
        channel_id          id NOT NULL
        message_id          id
        kind                text NOT NULL DEFAULT 'repaint'
                            CHECK (kind IN ('repaint', 'expand', 'blend')) since m004_ways
        prompt              text NOT NULL
        options             json NOT NULL
        source              json NOT NULL
        -- The sources after the first one.
        more                json NOT NULL DEFAULT '[]' since m004_ways
        place               json NOT NULL
        model               text NOT NULL
        units               integer NOT NULL CHECK (units BETWEEN 1 AND 9)
        day                 text NOT NULL
        given_back          boolean NOT NULL DEFAULT 0
        state               text NOT NULL CHECK (state IN ('queued', 'submitting', 'running',
                            'ready', 'delivered', 'undelivered', 'failed', 'refused', 'uncertain',
                            'expired', 'cancelled'))
        created_at          instant NOT NULL
        claimed_at          instant
        sent_at             instant
        submitted_at        instant
        ready_at            instant
        ended_at            instant
        told_at             instant
        pinged_at           instant since m006_mine
        next_at             instant
        leased_until        instant NOT NULL DEFAULT 0
        -- The process that last leased it: 0 for none, 1 for the only one of a file.
        leased_by           large NOT NULL DEFAULT 0 since m008_holders
        tries               integer NOT NULL DEFAULT 0
        late                boolean NOT NULL DEFAULT 0
        attempt             integer NOT NULL DEFAULT 0 since m002_answers
        withheld            boolean NOT NULL DEFAULT 0 since m006_mine
        forgotten           boolean NOT NULL DEFAULT 0 since m006_mine
        task_id             text
        -- Images that came with the response to the submission; task_id is '' if there is none.
        images              json since m002_answers
        outcome             json
        cost_micro          large NOT NULL DEFAULT 0 since m003_community
        deduction           real since m003_community
        -- Cost that counts against caps: also if it may have been paid although the user's units
        -- were refunded, or if the provider itself reported it.
        charged_micro       large GENERATED ALWAYS AS (
                            CASE WHEN given_back = 0 OR deduction IS NOT NULL OR state IN
                            ('running', 'ready', 'delivered', 'undelivered', 'uncertain')
                            THEN cost_micro ELSE 0 END) since m003_community
        resends             integer NOT NULL DEFAULT 0 since e011_proofs
        unknown_polls       integer NOT NULL DEFAULT 0 since e011_proofs
        unknown_since       instant since e011_proofs
        -- Whether it counts against the provider's units and its user's running jobs.
        holds_slot          boolean NOT NULL DEFAULT 1 since e012_slots
        -- How often the process died while one of its images was being opened.
        open_tries          integer NOT NULL DEFAULT 0 since e013_open_tries
        polled_at           instant since e014_generation
        -- How long the provider took to generate, apart from when the bot noticed.
        generation_s        real since e014_generation
        generation_censored boolean NOT NULL DEFAULT 0 since e014_generation
        generated_at        instant since e018_fetching
        fetch_tries         integer NOT NULL DEFAULT 0 since e018_fetching
        unusable_tries      integer NOT NULL DEFAULT 0 since e018_fetching
        fetched_bytes       large NOT NULL DEFAULT 0 since e018_fetching
        refunded_units      integer NOT NULL DEFAULT 0 since e018_fetching
        source_form         text NOT NULL DEFAULT 'untouched' since e024_source_form
        CHECK (state <> 'running' OR task_id IS NOT NULL)
        CHECK (given_back = 0 OR state NOT IN ('queued', 'submitting'))
    """),
    # Numbers of processes in leases; 1 is the process of a SQLite file.
    Statement(
        "CREATE SEQUENCE process_number MINVALUE 2 MAXVALUE 2147483647 CYCLE since m008_holders",
        only=POSTGRESQL,
    ),
    Table("""result since m001_jobs
        job_id   text NOT NULL REFERENCES job (id) ON DELETE CASCADE
        position integer NOT NULL
        path     text NOT NULL
        url      text NOT NULL
        width    integer NOT NULL
        height   integer NOT NULL
        size     large NOT NULL
        PRIMARY KEY (job_id, position)
    """),
    # Messages besides the job's own one that contain its images.
    Table("""posting since m006_mine
        job_id     text NOT NULL REFERENCES job (id) ON DELETE CASCADE
        message_id id NOT NULL
        channel_id id NOT NULL
        guild_id   id
        -- Whether moderators hid it.
        hidden     boolean NOT NULL DEFAULT 0 since e023_hidden_postings
        PRIMARY KEY (job_id, message_id)
    """),
    # Owners of the images that a job started from, except its own user. 0: a user who opted out and
    # whose data was deleted since.
    Table("""source_owner WITHOUT ROWID since e022_opt_out
        job_id  text NOT NULL REFERENCES job (id) ON DELETE CASCADE
        user_id id NOT NULL
        PRIMARY KEY (job_id, user_id)
    """),
    index("source_owner_user ON source_owner (user_id) since e022_opt_out"),
    # Jobs whose images still have to be deleted, after a crash or a disk error.
    Table("""pending_delete WITHOUT ROWID since e015_deletes
        job_id  text PRIMARY KEY
        reason  text NOT NULL DEFAULT ''
        tries   integer NOT NULL DEFAULT 0
        next_at instant NOT NULL DEFAULT 0
    """),
    # The indexes serve the rate limits. `TEXT` has the server's order: no query sorts by job_id.
    Table("""report WITHOUT ROWID since e019_reports
        job_id   TEXT NOT NULL
        guild_id id NOT NULL
        user_id  id NOT NULL
        at       instant NOT NULL
        PRIMARY KEY (job_id, guild_id, user_id)
    """),
    index("report_by_user ON report (user_id, at) since e019_reports"),
    index("report_by_guild ON report (guild_id, at) since e019_reports"),
    # Round-robin positions: when a job of each user was last claimed.
    Table("""turn since m001_jobs
        user_id   id PRIMARY KEY
        served_at instant NOT NULL
    """),
    # Choices that users made before a form opened; the id begins with the time, as a job's does.
    Table("""open_form WITHOUT ROWID since m007_open_forms
        id      text PRIMARY KEY
        user_id id NOT NULL
        about   json NOT NULL
    """),
)

_AT_PROVIDER = "WHERE state IN ('submitting', 'running')"

_FORMER: Sequence[Statement] = (
    index("job_queue ON job (id) WHERE state = 'queued' since m001_jobs until m005_queue"),
    index(f"job_at_provider ON job (units) {_AT_PROVIDER} since m001_jobs until m005_queue"),
    index(
        f"job_at_provider ON job (units, state) {_AT_PROVIDER} since m005_queue until e012_slots",
        SQLITE,
    ),
    index(
        f"""job_at_provider ON job (state) INCLUDE (units) {_AT_PROVIDER}
        since m005_queue until e012_slots""",
        POSTGRESQL,
    ),
    index("""job_user_day ON job (user_id, day, units) WHERE given_back = 0
        since m001_jobs until m003_community"""),
    index("""job_guild_day ON job (guild_id, day, units) WHERE given_back = 0
        since m001_jobs until m003_community"""),
    index("""job_day ON job (day, units) WHERE given_back = 0
        since m001_jobs until m003_community"""),
)
"""Indexes that later steps drop. They come first, since a step that replaces an index drops the old
one first."""

JOB_INDEXES: Sequence[Statement] = (
    *_FORMER,
    # Due jobs; jobs of which nothing is left to do have no next_at and are not in it.
    index("""job_due ON job (next_at) WHERE next_at IS NOT NULL AND state <> 'queued'
        since m001_jobs"""),
    # A user's open jobs.
    index("""job_open ON job (user_id, state, id)
        WHERE state IN ('queued', 'submitting', 'running') since m001_jobs"""),
    # The queue by users: without it every claim would read all jobs of all times. SQLite reads the
    # index alone only if it contains the state, although it is the same in each row.
    index(
        "job_waiting ON job (user_id, id, state) WHERE state = 'queued' since m005_queue", SQLITE
    ),
    index("job_waiting ON job (user_id, id) WHERE state = 'queued' since m005_queue", POSTGRESQL),
    # Units at the provider; older versions use it too, and count jobs without a slot as well.
    index(
        f"job_at_provider ON job (holds_slot, units, state) {_AT_PROVIDER} since e012_slots",
        SQLITE,
    ),
    index(
        f"""job_at_provider ON job (holds_slot, state) INCLUDE (units) {_AT_PROVIDER}
        since e012_slots""",
        POSTGRESQL,
    ),
    # Usage in a window: of a user, in one guild or since a reset; of a guild; of the whole bot.
    index("""job_member_day ON job (user_id, day, guild_id, created_at) INCLUDE (units)
        WHERE given_back = 0 since m003_community"""),
    index("""job_guild_usage ON job (guild_id, day) INCLUDE (given_back, units, charged_micro)
        since m003_community"""),
    index("job_usage ON job (day) INCLUDE (given_back, units, charged_micro) since m003_community"),
    index("job_user_created ON job (user_id, created_at) since m001_jobs"),
    # Recent tasks of ours.
    index("job_submitted ON job (submitted_at) WHERE submitted_at IS NOT NULL since m001_jobs"),
    # Generation times: how long a model takes for a number of images.
    index("job_rhythm ON job (model, units, ready_at) WHERE ready_at IS NOT NULL since m001_jobs"),
    # A user's own jobs, the newest first, everywhere and in one server.
    index("job_mine ON job (user_id, created_at, id) WHERE forgotten = 0 since m006_mine"),
    index("""job_mine_here ON job (user_id, guild_id, created_at, id) WHERE forgotten = 0
        since m006_mine"""),
    index("job_forgotten ON job (day) WHERE forgotten = 1 AND user_id <> 0 since m006_mine"),
    # Refunded units: few rows have any, so sums subtract them, and the usage indexes stay small.
    index("""job_refunded ON job (day, user_id, guild_id, created_at) INCLUDE (refunded_units)
        WHERE refunded_units > 0 AND given_back = 0 since e018_fetching"""),
)
