"""The answers given to keyed requests: who sends a withdrawal again withdraws nothing newer."""

from chassis.migrate import chassis_sql, run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add to the chassis' tables."""
    run_script(chassis_sql("keyed_v1"))
