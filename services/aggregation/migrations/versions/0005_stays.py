"""A stay that goes on is part of its fact; only one that has ended has a row of its own."""

from chassis.migrate import run_script

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE fact
    ADD COLUMN entered_revision integer,
    ADD COLUMN entered_decision_no integer,
    ADD COLUMN entered_at timestamptz,
    ADD COLUMN nulls jsonb,
    ADD COLUMN edition integer NOT NULL DEFAULT 1;

UPDATE fact
SET entered_revision = stay.entered_revision,
    entered_decision_no = stay.decision_no,
    entered_at = stay.entered_at,
    nulls = stay.nulls
FROM contribution AS stay
WHERE stay.report_id = fact.report_id AND stay.basis = 'reports' AND stay.left_revision IS NULL
  AND stay.version = fact.counted_version AND NOT fact.pending;

ALTER TABLE fact
    ALTER COLUMN edition DROP DEFAULT,
    ADD CHECK (num_nulls(entered_revision, entered_decision_no, entered_at, nulls) IN (0, 4)),
    ADD CHECK (entered_revision IS NULL OR counted_version IS NOT NULL AND NOT pending);

-- What ended before this migration has no content any more, only what it came to.
DELETE FROM contribution WHERE left_revision IS NULL;
ALTER TABLE contribution
    ADD COLUMN counted jsonb,
    ADD COLUMN sums jsonb;
UPDATE contribution SET sums = jsonb_build_array(amounts, nulls, tokens);

DROP INDEX contribution_counting, contribution_of_set;
ALTER TABLE contribution
    DROP COLUMN amounts,
    DROP COLUMN nulls,
    DROP COLUMN tokens,
    DROP CONSTRAINT contribution_check1,
    ALTER COLUMN left_revision SET NOT NULL,
    ALTER COLUMN left_decision_no SET NOT NULL,
    ALTER COLUMN left_at SET NOT NULL,
    ADD CHECK (num_nonnulls(counted, sums) = 1);

-- History: a stay is written down once, when it has ended.
REVOKE UPDATE (left_revision, left_decision_no, left_at) ON contribution FROM aggregation;
"""


def upgrade() -> None:
    """Move the stays that go on into their facts."""
    run_script(TABLES)
