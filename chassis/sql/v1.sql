-- The chassis' own tables, the same in every service's schema.

-- What was handled. A row and the effects of its event are committed together.
CREATE TABLE inbox (
    event_id uuid NOT NULL,
    listener text NOT NULL,
    received_on date NOT NULL,
    PRIMARY KEY (event_id, listener)
);

CREATE INDEX inbox_received_on ON inbox USING brin (received_on);

-- What is to be told. The order of ids is the order of telling, so the sequence must not be cached:
-- two transactions on one aggregate take their ids after its row lock.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    event_id uuid NOT NULL,
    topic text NOT NULL,
    key bytea NOT NULL,
    headers jsonb NOT NULL,
    payload bytea STORAGE MAIN NOT NULL,
    created_at timestamptz NOT NULL,
    refused text
) WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_cost_delay = 0,
    vacuum_truncate = off
);

-- Rows that the broker refused for good; later rows of the same key wait behind them.
CREATE INDEX outbox_refused ON outbox (topic, key, id) WHERE refused IS NOT NULL;

-- Records that could not be applied, byte for byte. A broker that lost its tail uses offsets again,
-- so a record is known by its place and its digest.
CREATE TABLE dead_letter (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    listener text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    digest bytea NOT NULL,
    record_timestamp bigint NOT NULL,
    key bytea,
    value bytea,
    header_names bytea[] NOT NULL,
    header_values bytea[] NOT NULL,
    stage text NOT NULL,
    cause text NOT NULL,
    detail text NOT NULL,
    attempts integer NOT NULL DEFAULT 1,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    resolved_at timestamptz,
    event_id uuid,
    event_type text,
    subject text,
    UNIQUE (listener, topic, partition, record_offset, digest)
);

CREATE INDEX dead_letter_open ON dead_letter (id) WHERE resolved_at IS NULL;

-- When each periodic job was last done, by whichever replica led then.
CREATE TABLE job (
    name text PRIMARY KEY,
    last_run_at timestamptz NOT NULL
);
