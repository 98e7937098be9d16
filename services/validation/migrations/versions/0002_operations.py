"""Dead letters that an operator can handle, and who did what."""

from chassis.migrate import chassis_sql, run_script

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the chassis' tables."""
    run_script(chassis_sql("v2"))
