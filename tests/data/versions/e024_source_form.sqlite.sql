BEGIN TRANSACTION;
CREATE TABLE "_sqlite_migrations" (
   "id" INTEGER PRIMARY KEY,
   "migration_set" TEXT,
   "name" TEXT,
   "applied_at" TEXT
) STRICT;
INSERT INTO "_sqlite_migrations" VALUES(1,'repaint','m001_jobs','2026-12-01 16:52:11.800778+00:00');
INSERT INTO "_sqlite_migrations" VALUES(2,'repaint','m002_answers','2026-12-01 16:52:11.801874+00:00');
INSERT INTO "_sqlite_migrations" VALUES(3,'repaint','m003_community','2026-12-01 16:52:11.810234+00:00');
INSERT INTO "_sqlite_migrations" VALUES(4,'repaint','m004_ways','2026-12-01 16:52:11.821558+00:00');
INSERT INTO "_sqlite_migrations" VALUES(5,'repaint','m005_queue','2026-12-01 16:52:11.822096+00:00');
INSERT INTO "_sqlite_migrations" VALUES(6,'repaint','m006_mine','2026-12-01 16:52:11.826617+00:00');
INSERT INTO "_sqlite_migrations" VALUES(7,'repaint','m007_open_forms','2026-12-01 16:52:11.826903+00:00');
INSERT INTO "_sqlite_migrations" VALUES(8,'repaint','m008_holders','2026-12-01 16:52:11.827482+00:00');
INSERT INTO "_sqlite_migrations" VALUES(9,'repaint','m010_fleet','2026-12-01 16:52:11.827854+00:00');
INSERT INTO "_sqlite_migrations" VALUES(10,'repaint','e011_proofs','2026-12-01 16:52:11.829578+00:00');
INSERT INTO "_sqlite_migrations" VALUES(11,'repaint','e012_slots','2026-12-01 16:52:11.830268+00:00');
INSERT INTO "_sqlite_migrations" VALUES(12,'repaint','e013_open_tries','2026-12-01 16:52:11.844794+00:00');
INSERT INTO "_sqlite_migrations" VALUES(13,'repaint','e014_generation','2026-12-01 16:52:11.852054+00:00');
INSERT INTO "_sqlite_migrations" VALUES(14,'repaint','e015_deletes','2026-12-01 16:52:11.852536+00:00');
INSERT INTO "_sqlite_migrations" VALUES(15,'repaint','e018_fetching','2026-12-01 16:52:11.860453+00:00');
INSERT INTO "_sqlite_migrations" VALUES(16,'repaint','e019_reports','2026-12-01 16:52:11.860856+00:00');
INSERT INTO "_sqlite_migrations" VALUES(17,'repaint','e020_required_roles','2026-12-01 16:52:11.861061+00:00');
INSERT INTO "_sqlite_migrations" VALUES(18,'repaint','e021_access','2026-12-01 16:52:11.861418+00:00');
INSERT INTO "_sqlite_migrations" VALUES(19,'repaint','e022_opt_out','2026-12-01 16:52:11.861722+00:00');
INSERT INTO "_sqlite_migrations" VALUES(20,'repaint','e023_hidden_postings','2026-12-01 16:52:11.866681+00:00');
INSERT INTO "_sqlite_migrations" VALUES(21,'repaint','e024_source_form','2026-12-01 16:52:11.867762+00:00');
CREATE TABLE allowed_channel (
        guild_id   INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        PRIMARY KEY (guild_id, channel_id)
    ) STRICT
    ;
INSERT INTO "allowed_channel" VALUES(5,50);
CREATE TABLE allowed_guild (
        guild_id INTEGER PRIMARY KEY,
        set_by   INTEGER NOT NULL,
        at       REAL NOT NULL
    ) STRICT
    ;
CREATE TABLE audit (
        id       INTEGER PRIMARY KEY,
        guild_id INTEGER,
        at       REAL NOT NULL,
        set_by   INTEGER NOT NULL,
        action   TEXT NOT NULL,
        target   INTEGER,
        details  TEXT NOT NULL CHECK (json_valid(details))
    ) STRICT
    ;
INSERT INTO "audit" VALUES(1,5,1795348400.0,2,'role_limit',8,'{"units":20}');
INSERT INTO "audit" VALUES(2,5,1795348401.0,2,'allow_channel',50,'{}');
INSERT INTO "audit" VALUES(3,5,1795348402.0,2,'add_word',NULL,'{"word":"bad","phrase":"Bad"}');
INSERT INTO "audit" VALUES(4,5,1795348403.0,2,'grant',3,'{"units":30,"until":null,"reason":"helps"}');
INSERT INTO "audit" VALUES(5,5,1795348404.0,2,'block',99,'{"until":1795435200.0,"reason":"spam"}');
INSERT INTO "audit" VALUES(6,5,1795348405.0,2,'reset',4,'{}');
INSERT INTO "audit" VALUES(7,5,1795348406.0,2,'add_style',NULL,'{"style_key":"ink","name":"Ink","name_zh":"水墨","fragment":"in ink"}');
INSERT INTO "audit" VALUES(8,5,1795348407.0,2,'pause',NULL,'{"reason":"a break"}');
INSERT INTO "audit" VALUES(9,5,1795348408.0,2,'resume',NULL,'{}');
INSERT INTO "audit" VALUES(10,5,1795348409.0,2,'change',NULL,'{"user_daily":7,"default_style":"ink","log_channel_id":70}');
INSERT INTO "audit" VALUES(11,6,1795348500.0,2,'pause',NULL,'{"reason":"moving house"}');
CREATE TABLE blocked_guild (
        guild_id INTEGER PRIMARY KEY,
        reason   TEXT NOT NULL,
        set_by   INTEGER NOT NULL,
        at       REAL NOT NULL
    ) STRICT
    ;
CREATE TABLE blocked_user (
        user_id INTEGER PRIMARY KEY,
        reason  TEXT NOT NULL,
        set_by  INTEGER NOT NULL,
        at      REAL NOT NULL
    ) STRICT
    ;
CREATE TABLE blocked_word (
        guild_id INTEGER NOT NULL,
        word     TEXT NOT NULL,
        phrase   TEXT NOT NULL,
        PRIMARY KEY (guild_id, word)
    ) STRICT
    ;
INSERT INTO "blocked_word" VALUES(5,'bad','Bad');
CREATE TABLE closed_model (
        provider  TEXT NOT NULL,
        model     TEXT NOT NULL,
        closed_at REAL NOT NULL,
        probe_at  REAL NOT NULL,
        probes    INTEGER NOT NULL DEFAULT 1,
        PRIMARY KEY (provider, model)
    ) STRICT
    ;
INSERT INTO "closed_model" VALUES('provider','kling-v1',1795348700.0,1795349000.0,1);
CREATE TABLE endpoint_knowledge (
    provider          TEXT NOT NULL,
    endpoint          TEXT NOT NULL,
    knows_external_id INTEGER,
    knows_list        INTEGER, external_id_at REAL, list_at REAL,
    PRIMARY KEY (provider, endpoint)
) STRICT
;
INSERT INTO "endpoint_knowledge" VALUES('provider','/v1/images/generations',1,1,1795348710.0,1795348710.0);
INSERT INTO "endpoint_knowledge" VALUES('provider','editing/expand',0,NULL,1795348710.0,NULL);
CREATE TABLE fleet_process (
        id           TEXT PRIMARY KEY,
        holder       INTEGER NOT NULL,
        seen_at      REAL NOT NULL,
        steady_since REAL NOT NULL,
        leaving      INTEGER NOT NULL DEFAULT 0 CHECK (leaving IN (0, 1))
    ) STRICT
    ;
INSERT INTO "fleet_process" VALUES('gone',1,1795348760.0,1795348760.0,0);
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
    ;
INSERT INTO "fleet_shard" VALUES(0,'gone',1,1795348775.0,0,NULL,0.0,0,'[]');
INSERT INTO "fleet_shard" VALUES(1,NULL,0,0.0,0,NULL,0.0,0,'[]');
CREATE TABLE fleet_turn (
        name    TEXT PRIMARY KEY,
        process TEXT NOT NULL,
        until   REAL NOT NULL
    ) STRICT
    ;
INSERT INTO "fleet_turn" VALUES('register commands','',1795348775.0);
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
    ;
INSERT INTO "guild" VALUES(5,7,NULL,NULL,0,0,0,0,NULL,'ink',70);
CREATE TABLE guild_style (
        guild_id INTEGER NOT NULL,
        key      TEXT NOT NULL,
        name     TEXT NOT NULL,
        name_zh  TEXT NOT NULL,
        fragment TEXT NOT NULL,
        PRIMARY KEY (guild_id, key)
    ) STRICT
    ;
INSERT INTO "guild_style" VALUES(5,'ink','Ink','水墨','in ink');
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
    outcome        TEXT CHECK (outcome IS NULL OR json_valid(outcome)), images TEXT CHECK (images IS NULL OR json_valid(images)), attempt INTEGER NOT NULL DEFAULT 0, cost_micro INTEGER NOT NULL DEFAULT 0, deduction REAL, charged_micro INTEGER GENERATED ALWAYS AS (
       CASE WHEN given_back = 0 OR deduction IS NOT NULL
       OR state IN ('running', 'ready', 'delivered', 'undelivered', 'uncertain')
       THEN cost_micro ELSE 0 END) VIRTUAL, kind TEXT NOT NULL DEFAULT 'repaint'
        CHECK (kind IN ('repaint', 'expand', 'blend')), more TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(more)), withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1)), forgotten INTEGER NOT NULL DEFAULT 0 CHECK (forgotten IN (0, 1)), pinged_at REAL, leased_by INTEGER NOT NULL DEFAULT 0, resends INTEGER NOT NULL DEFAULT 0, unknown_polls INTEGER NOT NULL DEFAULT 0, unknown_since REAL, holds_slot INTEGER NOT NULL DEFAULT 1 CHECK (holds_slot IN (0, 1)), open_tries INTEGER NOT NULL DEFAULT 0, polled_at REAL, generation_s REAL, generation_censored INTEGER NOT NULL DEFAULT 0
       CHECK (generation_censored IN (0, 1)), generated_at REAL, fetch_tries INTEGER NOT NULL DEFAULT 0, unusable_tries INTEGER NOT NULL DEFAULT 0, fetched_bytes INTEGER NOT NULL DEFAULT 0, refunded_units INTEGER NOT NULL DEFAULT 0, source_form TEXT NOT NULL DEFAULT 'untouched',
    CHECK (state <> 'running' OR task_id IS NOT NULL),
    CHECK (given_back = 0 OR state NOT IN ('queued', 'submitting'))
) STRICT
;
INSERT INTO "job" VALUES('01m81heyj0000000000001',1000,1,5,50,7000,'a submitting cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"interaction-token","asked_at":1795348200.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'submitting',1795348300.0,1795348300.0,NULL,NULL,NULL,NULL,NULL,1795348300.0,1795348360.0,0,0,NULL,NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hezh8000000000002',1001,2,5,50,7001,'a running cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"interaction-token","asked_at":1795348201.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'running',1795348301.0,1795348301.0,1795348302.0,1795348302.0,NULL,NULL,NULL,1795348304.0,1795348364.0,0,0,'task-running',NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf0gg000000000003',1002,3,5,50,7002,'a ready cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"interaction-token","asked_at":1795348202.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'ready',1795348302.0,1795348302.0,1795348303.0,1795348303.0,1795348323.0,NULL,NULL,1795348323.0,0.0,0,0,'task-ready',NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf1fr000000000004',1003,4,5,50,7003,'a delivered cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348203.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'delivered',1795348303.0,1795348303.0,1795348304.0,1795348304.0,1795348324.0,1795348325.0,1795348325.0,NULL,0.0,0,0,'task-delivered',NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf2f0000000000005',1004,5,5,50,7004,'a undelivered cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348204.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'undelivered',1795348304.0,1795348304.0,1795348305.0,1795348305.0,1795348325.0,1795348326.0,1795348326.0,NULL,0.0,0,0,'task-undelivered',NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf3e8000000000006',1005,6,5,50,7005,'a failed cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348205.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',1,'failed',1795348305.0,1795348305.0,1795348306.0,1795348306.0,NULL,1795348306.0,1795348307.0,NULL,0.0,0,0,'task-failed','{"key":"task_failed","code":null,"words":"Internal error","reference":"r-1"}',NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf4dg000000000007',1006,7,5,50,7006,'a refused cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348206.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'refused',1795348306.0,1795348306.0,1795348307.0,NULL,NULL,1795348307.0,1795348308.0,NULL,0.0,0,0,NULL,'{"key":"refused_content","code":"1301","words":null,"reference":"r-2"}',NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf5cr000000000008',1007,8,5,50,7007,'a uncertain cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348207.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',1,'uncertain',1795348307.0,1795348307.0,1795348308.0,NULL,NULL,1795348308.0,1795348309.0,1795348860.0,0.0,0,0,NULL,'{"key":"uncertain","code":null,"words":null,"reference":null}',NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf6c0000000000009',1008,9,5,50,7008,'a expired cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348208.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',1,'expired',1795348308.0,1795348308.0,1795348309.0,1795348309.0,NULL,1795348309.0,1795348310.0,NULL,0.0,0,0,'task-expired','{"key":"expired","code":null,"words":null,"reference":null}',NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf7b800000000000a',1009,10,5,50,7009,'a cancelled cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"","asked_at":1795348209.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',1,'cancelled',1795348309.0,NULL,NULL,NULL,NULL,1795348310.0,1795348311.0,NULL,0.0,0,0,NULL,'{"key":"cancelled","code":null,"words":null,"reference":null}',NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf8ag00000000000b',1010,11,5,50,7010,'a sent cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"interaction-token","asked_at":1795348210.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'submitting',1795348310.0,1795348310.0,1795348311.0,NULL,NULL,NULL,NULL,1795348310.0,1795348370.0,0,0,NULL,NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
INSERT INTO "job" VALUES('01m81hf99r00000000000c',1011,12,5,50,7011,'a queued cat','{"model":"kling-v3","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false}','{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}','{"application_id":9,"token":"interaction-token","asked_at":1795348211.0,"can_post":true,"ephemeral":false,"file_limit":10485760,"locale":"en-US","guild_locale":null}','kling-v3',1,'2026-11-22',0,'queued',1795348311.0,NULL,NULL,NULL,NULL,NULL,NULL,1795348311.0,0.0,0,0,NULL,NULL,NULL,0,28000,NULL,'repaint','[]',0,0,NULL,1,0,0,NULL,1,0,NULL,NULL,0,NULL,0,0,0,0,'untouched');
CREATE TABLE member_block (
        guild_id   INTEGER NOT NULL,
        user_id    INTEGER NOT NULL,
        expires_at REAL,
        reason     TEXT NOT NULL,
        set_by     INTEGER NOT NULL,
        at         REAL NOT NULL,
        PRIMARY KEY (guild_id, user_id)
    ) STRICT
    ;
INSERT INTO "member_block" VALUES(5,99,1795435200.0,'spam',2,1795348404.0);
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
    ;
INSERT INTO "member_grant" VALUES(5,3,30,NULL,'helps',2,1795348403.0);
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
    ;
INSERT INTO "member_preference" VALUES(3,'kling-v3',NULL,2,NULL,NULL,1,NULL);
CREATE TABLE member_reset (
        guild_id INTEGER NOT NULL,
        user_id  INTEGER NOT NULL,
        at       REAL NOT NULL,
        PRIMARY KEY (guild_id, user_id)
    ) STRICT
    ;
INSERT INTO "member_reset" VALUES(5,4,1795348405.0);
CREATE TABLE note (
    name TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT
;
INSERT INTO "note" VALUES('word','kept');
CREATE TABLE open_form (
        id      TEXT PRIMARY KEY,
        user_id INTEGER NOT NULL,
        about   TEXT NOT NULL CHECK (json_valid(about))
    ) STRICT, WITHOUT ROWID
    ;
INSERT INTO "open_form" VALUES('01m81hzqng00000000002d',3,'{"user_id":3,"pictures":[{"url":"http://127.0.0.1:1/cat.png","origin":"attachment","role":"subject","job_id":"","position":null,"name":"cat.png","content_type":null,"size":2048,"width":640,"height":480}],"options":{"model":"","count":1,"style":null,"style_words":null,"reference":null,"fidelity":null,"human_fidelity":null,"ratio":null,"sides":null,"format":"png","spoiler":false,"private":false},"left_open":[],"origins":{"owner_ids":[],"job_ids":[]}}');
CREATE TABLE opt_out (
        user_id INTEGER PRIMARY KEY,
        at      REAL NOT NULL
    ) STRICT
    ;
CREATE TABLE pause (
        guild_id INTEGER PRIMARY KEY,
        at       REAL NOT NULL,
        set_by   INTEGER NOT NULL,
        reason   TEXT NOT NULL
    ) STRICT
    ;
INSERT INTO "pause" VALUES(6,1795348500.0,2,'moving house');
CREATE TABLE pending_delete (
    job_id  TEXT PRIMARY KEY,
    reason  TEXT NOT NULL DEFAULT '',
    tries   INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID
;
CREATE TABLE posting (
        job_id     TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        message_id INTEGER NOT NULL,
        channel_id INTEGER NOT NULL,
        guild_id   INTEGER, hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
        PRIMARY KEY (job_id, message_id)
    ) STRICT
    ;
INSERT INTO "posting" VALUES('01m81hf1fr000000000004',9000,51,5,0);
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
;
INSERT INTO "provider" VALUES('provider',0.0,0,NULL,NULL,0.0,0,1,1);
CREATE TABLE report (
        job_id   TEXT NOT NULL,
        guild_id INTEGER NOT NULL,
        user_id  INTEGER NOT NULL,
        at       REAL NOT NULL,
        PRIMARY KEY (job_id, guild_id, user_id)
    ) STRICT, WITHOUT ROWID
    ;
CREATE TABLE required_role (
    guild_id INTEGER NOT NULL,
    role_id  INTEGER NOT NULL,
    PRIMARY KEY (guild_id, role_id)
) STRICT, WITHOUT ROWID
;
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
;
INSERT INTO "result" VALUES('01m81hf0gg000000000003',0,'01m81hf0gg000000000003/01m81hf0gg000000000003_1.png','https://results.example/1.png',640,480,1000);
INSERT INTO "result" VALUES('01m81hf1fr000000000004',0,'01m81hf1fr000000000004/01m81hf1fr000000000004_1.png','https://results.example/1.png',640,480,1000);
INSERT INTO "result" VALUES('01m81hf2f0000000000005',0,'01m81hf2f0000000000005/01m81hf2f0000000000005_1.png','https://results.example/1.png',640,480,1000);
CREATE TABLE role_limit (
        guild_id INTEGER NOT NULL,
        role_id  INTEGER NOT NULL,
        units    INTEGER NOT NULL CHECK (units >= 0),
        PRIMARY KEY (guild_id, role_id)
    ) STRICT
    ;
INSERT INTO "role_limit" VALUES(5,8,20);
CREATE TABLE source_owner (
        job_id  TEXT NOT NULL REFERENCES job (id) ON DELETE CASCADE,
        user_id INTEGER NOT NULL,
        PRIMARY KEY (job_id, user_id)
    ) STRICT, WITHOUT ROWID
    ;
CREATE TABLE turn (
    user_id   INTEGER PRIMARY KEY,
    served_at REAL NOT NULL
) STRICT
;
INSERT INTO "turn" VALUES(1,1.79534830000000095368e+09);
INSERT INTO "turn" VALUES(2,1.79534830100000095372e+09);
INSERT INTO "turn" VALUES(3,1.79534830200000095372e+09);
INSERT INTO "turn" VALUES(4,1.79534830300000095362e+09);
INSERT INTO "turn" VALUES(5,1.79534830400000095362e+09);
INSERT INTO "turn" VALUES(6,1.79534830500000095365e+09);
INSERT INTO "turn" VALUES(7,1.79534830600000095369e+09);
INSERT INTO "turn" VALUES(8,1.79534830700000095369e+09);
INSERT INTO "turn" VALUES(9,1.79534830800000095368e+09);
INSERT INTO "turn" VALUES(11,1.79534831000000095362e+09);
CREATE UNIQUE INDEX "idx__sqlite_migrations_migration_set_name"
    ON "_sqlite_migrations" ("migration_set", "name");
CREATE INDEX job_due ON job (next_at) WHERE next_at IS NOT NULL AND state <> 'queued';
CREATE INDEX job_open ON job (user_id, state, id)
       WHERE state IN ('queued', 'submitting', 'running');
CREATE INDEX job_user_created ON job (user_id, created_at);
CREATE INDEX job_submitted ON job (submitted_at) WHERE submitted_at IS NOT NULL;
CREATE INDEX job_rhythm ON job (model, units, ready_at) WHERE ready_at IS NOT NULL;
CREATE INDEX job_member_day ON job (user_id, day, guild_id, created_at, units)
       WHERE given_back = 0;
CREATE INDEX job_guild_usage ON job (guild_id, day, given_back, units, charged_micro);
CREATE INDEX job_usage ON job (day, given_back, units, charged_micro);
CREATE INDEX audit_guild ON audit (guild_id, id);
CREATE INDEX job_waiting ON job (user_id, id, state) WHERE state = 'queued';
CREATE INDEX job_mine ON job (user_id, created_at, id) WHERE forgotten = 0;
CREATE INDEX job_mine_here ON job (user_id, guild_id, created_at, id) WHERE forgotten = 0;
CREATE INDEX job_forgotten ON job (day) WHERE forgotten = 1 AND user_id <> 0;
CREATE INDEX job_at_provider ON job (holds_slot, units, state)
       WHERE state IN ('submitting', 'running');
CREATE INDEX job_refunded ON job (day, user_id, guild_id, created_at, refunded_units)
       WHERE refunded_units > 0 AND given_back = 0;
CREATE INDEX report_by_user ON report (user_id, at);
CREATE INDEX report_by_guild ON report (guild_id, at);
CREATE INDEX source_owner_user ON source_owner (user_id);
COMMIT;
