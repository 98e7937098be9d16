"""Numbers that are never given twice, also after a restore that lost the newest."""

from chassis.migrate import chassis_sql, run_script

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the chassis' tables."""
    run_script(chassis_sql("v4"))
