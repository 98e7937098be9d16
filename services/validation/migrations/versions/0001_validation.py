"""Reports with their versions and decisions, and the answers given to keyed requests."""

from chassis.migrate import chassis_sql, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE report (
    report_id uuid PRIMARY KEY,
    ward_code text NOT NULL,
    template_code text NOT NULL,
    period_code text NOT NULL,
    scheme text NOT NULL,
    submission_no integer NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    counted_version integer,
    decision_no integer NOT NULL,
    verdict_no integer NOT NULL,
    withdrawal jsonb,
    first_passed_submitted_at timestamptz,
    queued_at timestamptz,
    CHECK (counted_version <= version),
    CHECK (verdict_no <= decision_no),
    CHECK (decision_no >= 0)
);
-- The queue, oldest first.
CREATE INDEX report_queued ON report (queued_at, report_id) WHERE queued_at IS NOT NULL;
CREATE INDEX report_waiting ON report (report_id) WHERE state = 'waiting';
CREATE INDEX report_by_period ON report (template_code, period_code, report_id);

-- What came in, for ever.
CREATE TABLE version (
    report_id uuid NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    template_version integer NOT NULL,
    content jsonb NOT NULL,
    content_digest text NOT NULL,
    submitted_at timestamptz NOT NULL,
    first_submitted_at timestamptz NOT NULL,
    submitted_by text NOT NULL,
    channel text NOT NULL,
    signed_off_by text,
    PRIMARY KEY (report_id, version)
);

-- What was decided, for ever: enough to tell every event again under its own id.
CREATE TABLE decision (
    report_id uuid NOT NULL,
    decision_no integer NOT NULL CHECK (decision_no >= 1),
    event_id uuid NOT NULL,
    type text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    counted_version integer,
    decided_on_version integer NOT NULL,
    decided_at timestamptz NOT NULL,
    decided_by text,
    code text,
    note text NOT NULL,
    comments jsonb NOT NULL,
    verdict_no integer NOT NULL,
    verdict jsonb,
    checked_against jsonb,
    first_passed_submitted_at timestamptz,
    PRIMARY KEY (report_id, decision_no),
    CHECK ((verdict_no = decision_no) = (verdict IS NOT NULL)),
    CHECK (verdict IS NOT NULL OR checked_against IS NULL)
);

REVOKE UPDATE, DELETE, TRUNCATE ON version, decision FROM validation;

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
"""


def upgrade() -> None:
    """Make the tables."""
    run_script(chassis_sql("v1"))
    run_script(chassis_sql("catalogue_v1"))
    run_script(TABLES)
