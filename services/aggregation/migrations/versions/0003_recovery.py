"""How far figures are told again, and when each set was last compared with its facts."""

from chassis.migrate import chassis_sql, run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = """
-- What the last comparison of a figure set with its facts found; nothing is to be found.
CREATE TABLE reconciliation (
    template_code text NOT NULL,
    period_code text NOT NULL,
    basis text NOT NULL,
    checked_at timestamptz NOT NULL,
    differences integer NOT NULL,
    PRIMARY KEY (template_code, period_code, basis)
);
CREATE INDEX reconciliation_oldest ON reconciliation (checked_at);
"""


def upgrade() -> None:
    """Add to the chassis' tables, and the comparisons."""
    run_script(chassis_sql("v3"))
    run_script(TABLES)
