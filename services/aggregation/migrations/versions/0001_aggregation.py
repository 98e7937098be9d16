"""What counts, what it adds, and the totals."""

from chassis.migrate import chassis_sql, run_script

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE fact (
    report_id uuid PRIMARY KEY,
    ward_code text NOT NULL,
    template_code text NOT NULL,
    period_code text NOT NULL,
    decision_no integer NOT NULL,
    state text NOT NULL,
    version integer NOT NULL,
    submitted_at timestamptz NOT NULL,
    first_submitted_at timestamptz NOT NULL,
    first_passed_submitted_at timestamptz,
    decided_at timestamptz NOT NULL,
    counted_version integer,
    counted_template_version integer,
    counted jsonb,
    pending boolean NOT NULL,
    CHECK (num_nulls(counted_version, counted_template_version, counted) IN (0, 3)),
    CHECK (counted_version IS NOT NULL OR NOT pending)
);
CREATE INDEX fact_by_period ON fact (template_code, period_code, ward_code);
CREATE INDEX fact_pending ON fact (report_id) WHERE pending;

CREATE TABLE figure_set (
    template_code text NOT NULL,
    period_code text NOT NULL,
    basis text NOT NULL,
    revision integer NOT NULL,
    changed_at timestamptz NOT NULL,
    announced_revision integer NOT NULL DEFAULT 0,
    announced_against text,
    event_id uuid,
    PRIMARY KEY (template_code, period_code, basis)
);
CREATE INDEX figure_set_changed ON figure_set (changed_at) WHERE revision > announced_revision;

CREATE TABLE contribution (
    report_id uuid NOT NULL,
    basis text NOT NULL,
    entered_revision integer NOT NULL,
    template_code text NOT NULL,
    period_code text NOT NULL,
    ward_code text NOT NULL,
    version integer NOT NULL,
    template_version integer NOT NULL,
    decision_no integer NOT NULL,
    entered_at timestamptz NOT NULL,
    left_revision integer,
    left_decision_no integer,
    left_at timestamptz,
    amounts jsonb NOT NULL,
    nulls jsonb NOT NULL,
    tokens jsonb NOT NULL,
    PRIMARY KEY (report_id, basis, entered_revision),
    CHECK (left_revision > entered_revision),
    CHECK (num_nulls(left_revision, left_decision_no, left_at) IN (0, 3))
);
CREATE UNIQUE INDEX contribution_counting ON contribution (report_id, basis)
    WHERE left_revision IS NULL;
CREATE INDEX contribution_of_set ON contribution (template_code, period_code, basis)
    WHERE left_revision IS NULL;
CREATE INDEX contribution_history
    ON contribution (template_code, period_code, basis, entered_revision);

-- History: a stay begins and ends, and is otherwise never touched.
REVOKE UPDATE, DELETE, TRUNCATE ON contribution FROM aggregation;
GRANT UPDATE (left_revision, left_decision_no, left_at) ON contribution TO aggregation;

-- The same few rows are counted up for ever; free room on their pages keeps that in place.
CREATE TABLE accumulator (
    template_code text NOT NULL,
    period_code text NOT NULL,
    basis text NOT NULL,
    code text NOT NULL,
    breakdown text NOT NULL,
    numerator numeric NOT NULL,
    denominator numeric NOT NULL,
    PRIMARY KEY (template_code, period_code, basis, code, breakdown)
) WITH (fillfactor = 70);

CREATE TABLE distinct_value (
    template_code text NOT NULL,
    period_code text NOT NULL,
    basis text NOT NULL,
    code text NOT NULL,
    breakdown text NOT NULL,
    value text NOT NULL,
    reports integer NOT NULL,
    PRIMARY KEY (template_code, period_code, basis, code, breakdown, value)
);
"""


def upgrade() -> None:
    """Make the tables."""
    run_script(chassis_sql("v1"))
    run_script(chassis_sql("catalogue_v1"))
    run_script(TABLES)
