"""Crews: how many people a job takes, who comes with its technician. The code before this one gives a job to one technician."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
ON_CREWS_PHONES = sa.text("crew_size > 1 AND released_at IS NULL")
# What nobody has yet takes from now on as many people as its kind of work says; what somebody has stays theirs alone.
SIZES = """
UPDATE job SET crew_size = (SELECT w.crew_size FROM work_specification w WHERE w.code = job.work)
WHERE state = 'pending' AND technician_id IS NULL
  AND work IN (SELECT w.code FROM work_specification w WHERE w.crew_size > 1)
"""
HELPERS = (("proposal_move", "from_helpers"), ("proposal_move", "to_helpers"), ("hold", "helper_ids"))


def upgrade() -> None:
    op.add_column("job", sa.Column("crew_size", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("job", sa.Column("helpers", JSON, nullable=False, server_default="[]"))
    for table, column in HELPERS:
        op.add_column(table, sa.Column(column, JSON, nullable=False, server_default="[]"))
    op.execute(SIZES)
    op.create_index("ix_job_crew", "job", ["id"], sqlite_where=ON_CREWS_PHONES, postgresql_where=ON_CREWS_PHONES)


def downgrade() -> None:
    op.drop_index("ix_job_crew", "job")
    for table, column in HELPERS:
        op.drop_column(table, column)
    op.drop_column("job", "helpers")
    op.drop_column("job", "crew_size")
