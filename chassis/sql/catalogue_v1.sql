-- What a service knows of the wards and the templates; the same two tables in every schema.
CREATE TABLE ward (
    code text PRIMARY KEY CHECK (code ~ '^[0-9]{5}$'),
    version integer NOT NULL,
    sort_key text COLLATE "C" NOT NULL,
    entry jsonb NOT NULL
);

-- A released version never changes, so a second arrival of it is the same.
CREATE TABLE template (
    code text NOT NULL,
    version integer NOT NULL,
    valid_from date NOT NULL,
    entry jsonb NOT NULL,
    PRIMARY KEY (code, version)
);
