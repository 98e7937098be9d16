-- The least number that is given from now on to versions, decisions and revisions. A row is added
-- when a database was restored that knows less than the topics: no number is given twice.
CREATE TABLE numbering (
    least integer PRIMARY KEY CHECK (least >= 1)
);

INSERT INTO numbering (least) VALUES (1);

DO $$ BEGIN
    EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON numbering FROM %I', current_schema());
END $$;
