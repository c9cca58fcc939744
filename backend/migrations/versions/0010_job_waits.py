"""Jobs that wait for others."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_wait",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("waits_for_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("job_id <> waits_for_id", name=op.f("ck_job_wait_another")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_job_wait_job_id_job")),
        sa.ForeignKeyConstraint(["waits_for_id"], ["job.id"], name=op.f("fk_job_wait_waits_for_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_wait")),
        sa.UniqueConstraint("job_id", "waits_for_id", name=op.f("uq_job_wait_job_id_waits_for_id")),
    )
    op.create_index(op.f("ix_job_wait_waits_for_id"), "job_wait", ["waits_for_id"])


def downgrade() -> None:
    op.drop_table("job_wait")
