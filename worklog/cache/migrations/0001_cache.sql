-- The local cache, format 1. Instants are whole milliseconds since the Unix epoch (_ms);
-- slots are whole ten-minute cells since then; durations are seconds.

CREATE TABLE meta (               -- small facts: device, clock, what is remembered
    name        TEXT NOT NULL PRIMARY KEY,
    value       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE journals (           -- how much of each journal file this database has seen
    day         TEXT NOT NULL PRIMARY KEY CHECK (day GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]'),
    size        INTEGER NOT NULL CHECK (size >= 0)              -- [bytes]
) STRICT, WITHOUT ROWID;

CREATE TABLE contracts (
    contract_id TEXT NOT NULL PRIMARY KEY,
    name        TEXT NOT NULL UNIQUE,
    service     TEXT NOT NULL,                                  -- '' for a local contract
    is_archived INTEGER NOT NULL CHECK (is_archived IN (0, 1)),
    content     TEXT NOT NULL CHECK (json_valid(content))       -- without its terms
) STRICT, WITHOUT ROWID;

CREATE TABLE contract_labels (    -- a table of its own for the quick road
    contract_id TEXT NOT NULL REFERENCES contracts ON DELETE CASCADE,
    position    INTEGER NOT NULL CHECK (position >= 0),
    label       TEXT NOT NULL,
    PRIMARY KEY (contract_id, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE terms (
    contract_id TEXT NOT NULL REFERENCES contracts ON DELETE CASCADE,
    since_ms    INTEGER NOT NULL,
    content     TEXT NOT NULL CHECK (json_valid(content)),
    PRIMARY KEY (contract_id, since_ms)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    session_id  TEXT NOT NULL PRIMARY KEY,
    contract_id TEXT NOT NULL,
    started_ms  INTEGER NOT NULL,
    ended_ms    INTEGER,                                        -- NULL while running
    ending      TEXT,
    memo        TEXT NOT NULL,
    label       TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    boot        TEXT NOT NULL,
    CHECK ((ended_ms IS NULL) = (ending IS NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_start ON sessions (started_ms);
CREATE UNIQUE INDEX sessions_running ON sessions (ended_ms IS NULL) WHERE ended_ms IS NULL;

CREATE TABLE gaps (
    contract_id TEXT NOT NULL,
    start_ms    INTEGER NOT NULL,
    end_ms      INTEGER NOT NULL CHECK (end_ms >= start_ms),
    reason      TEXT NOT NULL,
    PRIMARY KEY (contract_id, start_ms)
) STRICT, WITHOUT ROWID;
CREATE INDEX gaps_by_start ON gaps (start_ms);

CREATE TABLE mailbox (            -- requests to the tracker; a number is never used twice
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms       INTEGER NOT NULL,
    command     TEXT NOT NULL,
    argument    TEXT NOT NULL
) STRICT;

CREATE TABLE streams (            -- one running stream per service; '' is the local one
    stream_id   TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    public_key  TEXT NOT NULL,                                  -- Ed25519, hex
    opened_ms   INTEGER NOT NULL,
    is_closed   INTEGER NOT NULL CHECK (is_closed IN (0, 1)),
    sequence    INTEGER NOT NULL CHECK (sequence >= 0),         -- of the last record
    head        TEXT NOT NULL                                   -- its SHA-256, hex; '' for none
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX streams_running ON streams (service) WHERE is_closed = 0;

CREATE TABLE parts (
    part_id     TEXT NOT NULL PRIMARY KEY,
    state       TEXT NOT NULL CHECK (state IN ('open', 'sealed')),
    device_id   TEXT NOT NULL,
    contract_id TEXT NOT NULL,                                  -- as recorded
    slot        INTEGER NOT NULL,
    stream_id   TEXT REFERENCES streams,
    sequence    INTEGER CHECK (sequence > 0),
    header      BLOB,                                           -- the bytes that were signed
    signature   BLOB,
    fields      TEXT CHECK (fields IS NULL OR json_valid(fields)), -- {name: {salt, value}}
    content     TEXT CHECK (content IS NULL OR json_valid(content)), -- of an open part
    CHECK ((state = 'open') = (content IS NOT NULL)),
    CHECK ((state = 'sealed') = (header IS NOT NULL)),
    CHECK ((state = 'sealed') = (signature IS NOT NULL)),
    CHECK ((state = 'sealed') = (fields IS NOT NULL)),
    CHECK ((state = 'sealed') = (stream_id IS NOT NULL)),
    CHECK ((state = 'sealed') = (sequence IS NOT NULL))
) STRICT;
CREATE INDEX parts_by_slot ON parts (slot);
CREATE INDEX parts_open ON parts (part_id) WHERE state = 'open';
CREATE UNIQUE INDEX parts_by_sequence ON parts (stream_id, sequence);

CREATE TABLE amendments (
    amendment_id TEXT NOT NULL PRIMARY KEY,
    stamp_ms    INTEGER NOT NULL,
    stamp_count INTEGER NOT NULL CHECK (stamp_count >= 0),
    content     TEXT NOT NULL CHECK (json_valid(content))       -- the bytes as they came
) STRICT;
CREATE INDEX amendments_by_stamp ON amendments (stamp_ms, stamp_count, amendment_id);

CREATE TABLE amendment_slots (    -- which amendments touch a slot
    slot        INTEGER NOT NULL,
    amendment_id TEXT NOT NULL REFERENCES amendments,
    PRIMARY KEY (slot, amendment_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE amendment_refs (     -- which amendments name a part or another amendment
    ref         TEXT NOT NULL,
    amendment_id TEXT NOT NULL REFERENCES amendments,
    PRIMARY KEY (ref, amendment_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE segments (           -- fold and bill of the above; `check` recomputes it
    slot        INTEGER NOT NULL,
    contract_id TEXT NOT NULL,
    memo        TEXT NOT NULL,
    label       TEXT NOT NULL,
    origin      TEXT NOT NULL CHECK (origin IN ('tracked', 'manual', 'imported')),
    tracked_seconds INTEGER NOT NULL CHECK (tracked_seconds BETWEEN 0 AND 600), -- [s]
    billed_seconds  INTEGER NOT NULL CHECK (billed_seconds BETWEEN 0 AND 600),  -- [s]
    reason      TEXT NOT NULL,
    amount      TEXT,                                           -- decimal, major unit
    currency    TEXT NOT NULL,                                  -- ISO 4217; '' without a rate
    is_deleted  INTEGER NOT NULL CHECK (is_deleted IN (0, 1)),
    content     TEXT NOT NULL CHECK (json_valid(content)),
    UNIQUE (slot, contract_id)
) STRICT;
CREATE INDEX segments_by_contract ON segments (contract_id, slot);
CREATE INDEX segments_by_memo ON segments (contract_id, memo, slot);

CREATE TABLE settled (            -- bills of locked weeks that an erasure must not change
    slot        INTEGER NOT NULL,
    contract_id TEXT NOT NULL,
    billed_seconds INTEGER NOT NULL CHECK (billed_seconds BETWEEN 0 AND 600), -- [s]
    reason      TEXT NOT NULL,
    amount      TEXT,
    currency    TEXT NOT NULL,
    PRIMARY KEY (slot, contract_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE images (
    part_id     TEXT NOT NULL,
    role        TEXT NOT NULL CHECK (role IN ('screen', 'camera')),
    monitor     INTEGER NOT NULL CHECK (monitor >= 0),
    file        TEXT NOT NULL UNIQUE,                           -- 32 random hex digits
    redacted    INTEGER NOT NULL CHECK (redacted BETWEEN 0 AND 1000), -- share covered [permille]
    content     TEXT NOT NULL CHECK (json_valid(content)),      -- capture, digests as they are now
    PRIMARY KEY (part_id, role, monitor)
) STRICT, WITHOUT ROWID;

CREATE TABLE scrub (              -- what an erasure has still to erase outside the database
    kind        TEXT NOT NULL CHECK (kind IN ('file', 'day', 'backups')),
    name        TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE outbox (             -- what a service has not acknowledged yet
    kind        TEXT NOT NULL CHECK (kind IN ('part', 'amendment')),
    id          TEXT NOT NULL,
    service     TEXT NOT NULL CHECK (service <> ''),
    queued_ms   INTEGER NOT NULL,
    PRIMARY KEY (service, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipts (           -- signed acknowledgements
    kind        TEXT NOT NULL CHECK (kind IN ('part', 'image', 'amendment')),
    id          TEXT NOT NULL,
    service     TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    content     TEXT NOT NULL CHECK (json_valid(content)),
    PRIMARY KEY (service, kind, id)
) STRICT, WITHOUT ROWID;
