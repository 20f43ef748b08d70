"""Tables of the provider's state, of notes, and of the processes that share the shards."""

from __future__ import annotations

from collections.abc import Sequence

from services.db.schema.notation import Table

PROVIDERS: Sequence[Table] = (
    Table("""provider since m001_jobs
        name              text PRIMARY KEY
        hold_until        instant NOT NULL DEFAULT 0
        busy_tries        integer NOT NULL DEFAULT 0
        paused_at         instant
        pause_key         text
        probe_at          instant NOT NULL DEFAULT 0
        probes            integer NOT NULL DEFAULT 0
        knows_external_id boolean
        knows_list        boolean
    """),
    Table("""note since m001_jobs
        name text PRIMARY KEY
        text text NOT NULL
    """),
    # Models that the provider refuses to the operator's account.
    Table("""closed_model since m002_answers
        provider  text NOT NULL
        model     text NOT NULL
        closed_at instant NOT NULL
        probe_at  instant NOT NULL
        probes    integer NOT NULL DEFAULT 1
        PRIMARY KEY (provider, model)
    """),
    Table("""endpoint_knowledge since m004_ways
        provider          text NOT NULL
        endpoint          text NOT NULL
        knows_external_id integer
        knows_list        integer
        -- When a path was last seen to answer so; facts stored without an instant are no proof.
        external_id_at    instant since e011_proofs
        list_at           instant since e011_proofs
        PRIMARY KEY (provider, endpoint)
    """),
)

FLEET: Sequence[Table] = (
    # One row per process that takes part; `holder` is its number in the leases of jobs.
    Table("""fleet_process since m010_fleet
        id           text PRIMARY KEY
        holder       large NOT NULL
        seen_at      instant NOT NULL
        steady_since instant NOT NULL
        leaving      boolean NOT NULL DEFAULT 0
    """),
    # One row per shard: the process that holds it, and its heir, the process that takes over.
    Table("""fleet_shard since m010_fleet
        number        integer PRIMARY KEY
        process       text
        fence         large NOT NULL DEFAULT 0
        leased_until  instant NOT NULL DEFAULT 0
        offered       boolean NOT NULL DEFAULT 0
        heir          text
        heir_until    instant NOT NULL DEFAULT 0
        heir_is_ready boolean NOT NULL DEFAULT 0
        answered      json NOT NULL DEFAULT '[]'
    """),
    # Named locks, and claims of tasks that all processes together do once in a while.
    Table("""fleet_turn since m010_fleet
        name    text PRIMARY KEY
        process text NOT NULL
        until   instant NOT NULL
    """),
)
