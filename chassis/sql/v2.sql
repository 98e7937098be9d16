-- What an operator makes of dead letters, and who did what: the same in every service's schema.

-- A letter is parked once three replays have failed. `correction` is what it was replaced by.
ALTER TABLE dead_letter
    ADD COLUMN failed_replays integer NOT NULL DEFAULT 0,
    ADD COLUMN resolution text CHECK (resolution IN ('replayed', 'fixed', 'discarded')),
    ADD COLUMN ward_code text,
    ADD COLUMN report_id uuid,
    ADD COLUMN correction jsonb,
    ADD COLUMN state text NOT NULL GENERATED ALWAYS AS (
        CASE WHEN resolved_at IS NOT NULL THEN coalesce(resolution, 'replayed')
             WHEN failed_replays >= 3 THEN 'parked'
             ELSE 'waiting' END) STORED;

-- Who did what to what, and when. `who` is an opaque subject; `details` hold no personal data.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    who text NOT NULL,
    action text NOT NULL,
    object text NOT NULL,
    version integer,
    correlation_id text NOT NULL,
    details jsonb NOT NULL
);

CREATE INDEX audit_by_object ON audit (object, id);

-- Rows that are not in the chain yet. Without an index: it is nearly empty.
CREATE TABLE audit_unsealed (
    entry bigint NOT NULL
);

-- The chain: each hash covers the hash before it and the row. No foreign key, so that the chain
-- still tells of a row that somebody has removed.
CREATE TABLE audit_seal (
    position bigint PRIMARY KEY,
    entry bigint NOT NULL UNIQUE,
    hash bytea NOT NULL
);

-- The process is named like its schema. What it wrote here it cannot take back.
DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit, audit_seal FROM %I', current_schema());
END $$;
