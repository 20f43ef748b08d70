"""Tables of guilds' rules, members' preferences, and the decisions of moderators and operators."""

from __future__ import annotations

from collections.abc import Sequence

from services.db.schema.notation import Statement, Table, index

GUILDS: Sequence[Table | Statement] = (
    Table("""guild since m003_community
        guild_id            id PRIMARY KEY
        user_daily          integer CHECK (user_daily >= 0)
        guild_daily         integer CHECK (guild_daily >= 0)
        max_count           integer CHECK (max_count BETWEEN 1 AND 9)
        private_only        boolean NOT NULL DEFAULT 0
        spoiler             boolean NOT NULL DEFAULT 0
        age_restricted_only boolean NOT NULL DEFAULT 0
        min_membership_days integer NOT NULL DEFAULT 0 CHECK (min_membership_days >= 0)
        default_model       text
        default_style       text
        log_channel_id      id
    """),
    # guild_id 0 stands for the whole bot.
    Table("""pause since m003_community
        guild_id id PRIMARY KEY
        at       instant NOT NULL
        set_by   id NOT NULL
        reason   text NOT NULL
    """),
    Table("""role_limit since m003_community
        guild_id id NOT NULL
        role_id  id NOT NULL
        units    integer NOT NULL CHECK (units >= 0)
        PRIMARY KEY (guild_id, role_id)
    """),
    # Roles of which members of a guild need one.
    Table("""required_role WITHOUT ROWID since e020_required_roles
        guild_id id NOT NULL
        role_id  id NOT NULL
        PRIMARY KEY (guild_id, role_id)
    """),
    Table("""allowed_channel since m003_community
        guild_id   id NOT NULL
        channel_id id NOT NULL
        PRIMARY KEY (guild_id, channel_id)
    """),
    # `word` is the phrase in its search form: two spellings of one phrase have the same.
    Table("""blocked_word since m003_community
        guild_id id NOT NULL
        word     text NOT NULL
        phrase   text NOT NULL
        PRIMARY KEY (guild_id, word)
    """),
    # An empty fragment hides the built-in style with this key in a server.
    Table("""guild_style since m004_ways
        guild_id id NOT NULL
        key      text NOT NULL
        name     text NOT NULL
        name_zh  text NOT NULL
        fragment text NOT NULL
        PRIMARY KEY (guild_id, key)
    """),
    Table("""member_grant since m003_community
        guild_id   id NOT NULL
        user_id    id NOT NULL
        units      integer NOT NULL CHECK (units > 0)
        expires_at instant
        reason     text NOT NULL
        set_by     id NOT NULL
        at         instant NOT NULL
        PRIMARY KEY (guild_id, user_id)
    """),
    Table("""member_block since m003_community
        guild_id   id NOT NULL
        user_id    id NOT NULL
        expires_at instant
        reason     text NOT NULL
        set_by     id NOT NULL
        at         instant NOT NULL
        PRIMARY KEY (guild_id, user_id)
    """),
    Table("""member_reset since m003_community
        guild_id id NOT NULL
        user_id  id NOT NULL
        at       instant NOT NULL
        PRIMARY KEY (guild_id, user_id)
    """),
    Table("""audit since m003_community
        id       serial PRIMARY KEY
        guild_id id
        at       instant NOT NULL
        set_by   id NOT NULL
        action   text NOT NULL
        target   id
        details  json NOT NULL
    """),
    index("audit_guild ON audit (guild_id, id) since m003_community"),
    # A user's own defaults; NULL: no default. An empty style: explicitly no style.
    Table("""member_preference since m004_ways
        user_id id PRIMARY KEY
        model   text
        style   text
        count   integer CHECK (count BETWEEN 1 AND 9)
        ratio   text
        format  text CHECK (format IN ('png', 'jpg'))
        private boolean
        spoiler boolean
    """),
    # Users and guilds that the operators block in the whole bot.
    Table("""blocked_user since e021_access
        user_id id PRIMARY KEY
        reason  text NOT NULL
        set_by  id NOT NULL
        at      instant NOT NULL
    """),
    Table("""blocked_guild since e021_access
        guild_id id PRIMARY KEY
        reason   text NOT NULL
        set_by   id NOT NULL
        at       instant NOT NULL
    """),
    # If the table has no row, every guild is allowed.
    Table("""allowed_guild since e021_access
        guild_id id PRIMARY KEY
        set_by   id NOT NULL
        at       instant NOT NULL
    """),
    Table("""opt_out since e022_opt_out
        user_id id PRIMARY KEY
        at      instant NOT NULL
    """),
)
