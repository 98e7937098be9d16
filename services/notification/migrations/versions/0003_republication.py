"""How far a service is in telling its events again."""

from chassis.migrate import chassis_sql, run_script

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the chassis' tables."""
    run_script(chassis_sql("v3"))
