"""What submission keeps: reports, every version of them for ever, and what was decided."""

from chassis.migrate import chassis_sql, run_script

revision = "0001"
down_revision = None

TABLES = r"""
CREATE TABLE catalogue_load (
    digest text PRIMARY KEY,
    loaded_at timestamptz NOT NULL
);

CREATE TABLE report (
    report_id uuid PRIMARY KEY,
    ward_code text NOT NULL CHECK (ward_code ~ '^[0-9]{5}$'),
    template_code text NOT NULL CHECK (template_code ~ '^[A-Z]{2,8}$'),
    period_code text NOT NULL
        CHECK (period_code ~ '^20[0-9]{2}(-(0[1-9]|1[0-2]|Q[1-4]|H[12]|9M|D[0-9]{2}))?$'),
    period_scheme text NOT NULL,
    period_ends_on date NOT NULL,
    submission_no integer NOT NULL,
    latest_version integer NOT NULL,
    latest_digest text CHECK (latest_digest ~ '^[0-9a-f]{64}$'),
    latest_submitted_at timestamptz,
    first_submitted_at timestamptz,
    UNIQUE (ward_code, template_code, period_code),
    CHECK (submission_no >= latest_version)
);

CREATE INDEX report_by_period ON report (period_ends_on, ward_code, template_code, period_code);

-- Text is NFC wherever it came from: digests, searches and comparisons rely on it.
CREATE TABLE report_version (
    report_id uuid NOT NULL REFERENCES report,
    version integer NOT NULL CHECK (version >= 1),
    submission_no integer NOT NULL,
    template_version integer NOT NULL,
    content jsonb NOT NULL CHECK (CAST(content AS text) IS NFC NORMALIZED),
    content_digest text NOT NULL CHECK (content_digest ~ '^[0-9a-f]{64}$'),
    submitted_at timestamptz NOT NULL,
    submitted_by text NOT NULL,
    channel text NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (report_id, version),
    UNIQUE (report_id, submission_no)
);

CREATE TABLE withdrawal_request (
    report_id uuid NOT NULL REFERENCES report,
    submission_no integer NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    known_decision_no integer NOT NULL,
    requested_at timestamptz NOT NULL,
    requested_by text NOT NULL,
    event_id uuid NOT NULL UNIQUE,
    PRIMARY KEY (report_id, submission_no)
);

-- No foreign key: a decision comes by another topic.
CREATE TABLE report_status (
    report_id uuid PRIMARY KEY,
    decision_no integer NOT NULL CHECK (decision_no >= 1),
    version integer NOT NULL,
    state text NOT NULL,
    counted_version integer,
    decision jsonb NOT NULL
);

CREATE TABLE withdrawal_answer (
    report_id uuid PRIMARY KEY,
    decision_no integer NOT NULL
);

-- What a ward said stays as it was said.
REVOKE UPDATE, DELETE, TRUNCATE ON report_version, withdrawal_request FROM submission;
REVOKE DELETE, TRUNCATE ON report FROM submission;
"""


def upgrade() -> None:
    """Make the chassis' tables, the catalogue's and those of reports."""
    for script in (chassis_sql("v1"), chassis_sql("catalogue_v1"), TABLES):
        run_script(script)
