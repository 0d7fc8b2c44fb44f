-- +goose Up

-- ORDERED_TEXT is text that sorts by its bytes: to SQLite one more name for TEXT; for
-- PostgreSQL it is replaced by TEXT COLLATE "C".
CREATE TABLE records (
    kind    ORDERED_TEXT NOT NULL,
    key     ORDERED_TEXT NOT NULL,
    ref     ORDERED_TEXT NOT NULL, -- '' if the record has none
    due     BIGINT,                -- microseconds since 1970 in UTC
    version BIGINT NOT NULL,       -- the revision that wrote the record
    body    BYTEA NOT NULL,        -- sealed, with all of the above as associated data
    PRIMARY KEY (kind, key)
);
CREATE INDEX records_by_ref ON records (kind, ref, key) WHERE ref <> '';
CREATE INDEX records_by_due ON records (kind, due, key) WHERE due IS NOT NULL;

-- One row. Each write transaction updates it first, which lets in one writer at a time.
CREATE TABLE feed (
    id       BIGINT PRIMARY KEY,
    revision BIGINT NOT NULL,
    trimmed  BIGINT NOT NULL, -- changes up to this revision are no longer kept
    root_key BIGINT NOT NULL  -- the number of the root key that a write needs at least
);
INSERT INTO feed (id, revision, trimmed, root_key) VALUES (1, 0, 0, 0);

CREATE TABLE changes (
    revision BIGINT NOT NULL,
    kind     ORDERED_TEXT NOT NULL,
    key      ORDERED_TEXT NOT NULL,
    PRIMARY KEY (revision, kind, key)
);
