-- A request that is sent again under its key gets the answer it got before.
CREATE TABLE keyed_answer (
    subject text NOT NULL,
    key text NOT NULL,
    digest text NOT NULL,
    answer jsonb,
    answered_at timestamptz NOT NULL,
    PRIMARY KEY (subject, key)
);
CREATE INDEX keyed_answer_age ON keyed_answer (answered_at);
