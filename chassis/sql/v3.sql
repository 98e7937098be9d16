-- How far a service is in telling its events again: the same in every service's schema.
-- `scope` is what was asked for, as JSON; the next event told is the first after `place` in `part`.
CREATE TABLE republication (
    scope text PRIMARY KEY,
    part text NOT NULL,
    place text NOT NULL,
    told bigint NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz
);
