"""What the probe keeps."""

from chassis.migrate import chassis_sql, run_script

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the chassis' tables and the probe's own."""
    run_script(chassis_sql("v1"))
    run_script(chassis_sql("v2"))
    run_script(chassis_sql("v3"))
    run_script(chassis_sql("v4"))
    run_script("CREATE TABLE thing (name text PRIMARY KEY); COMMENT ON TABLE thing IS 'a;b'")
