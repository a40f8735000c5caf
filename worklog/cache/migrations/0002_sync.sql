-- What syncing remembers. None of it is in the journals: a rebuilt database asks anew.

CREATE TABLE services (           -- one row per diary service that was ever reached
    service     TEXT NOT NULL PRIMARY KEY,
    epoch       TEXT NOT NULL,                                  -- '' before the first contact
    cursor      INTEGER NOT NULL CHECK (cursor >= 0),           -- of its feed of changes
    compared_epoch TEXT NOT NULL,
    compared_ms INTEGER,                                        -- NULL for never
    contact_ms  INTEGER,                                        -- last good answer
    problem     TEXT NOT NULL,                                  -- code; '' for none
    message     TEXT NOT NULL,
    hint        TEXT NOT NULL,
    retry_ms    INTEGER,
    skew_s      INTEGER                                         -- its clock less ours; NULL: agree
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (             -- what stays in the outbox and is not being sent, and why
    service     TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('part', 'amendment')),
    id          TEXT NOT NULL,
    code        TEXT NOT NULL,
    message     TEXT NOT NULL,
    at_ms       INTEGER NOT NULL,
    PRIMARY KEY (service, kind, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE lost_receipts (      -- of what a service acknowledged and has not any more
    kind        TEXT NOT NULL,
    id          TEXT NOT NULL,
    service     TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    content     TEXT NOT NULL CHECK (json_valid(content))
) STRICT;

CREATE TABLE offers (             -- contracts whose policy widens and waits for a yes
    contract_id TEXT NOT NULL PRIMARY KEY,
    service     TEXT NOT NULL,
    content     TEXT NOT NULL CHECK (json_valid(content))
) STRICT, WITHOUT ROWID;

CREATE TABLE gone (               -- what a service erased by itself and is not sent again
    service     TEXT NOT NULL,
    part_id     TEXT NOT NULL,
    what        TEXT NOT NULL CHECK (what IN ('all', 'pictures', 'snapshots', 'title')),
    PRIMARY KEY (service, part_id, what)
) STRICT, WITHOUT ROWID;
