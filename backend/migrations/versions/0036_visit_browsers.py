"""Browsers in which customers want to hear of their visit."""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_browser",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(), nullable=False),
        sa.Column("p256dh", sa.String(), nullable=False),
        sa.Column("auth", sa.String(), nullable=False),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_visit_browser_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_browser")),
        sa.UniqueConstraint("job_id", name=op.f("uq_visit_browser_job_id")),
    )
    op.create_index(op.f("ix_visit_browser_kept_until"), "visit_browser", ["kept_until"])


def downgrade() -> None:
    op.drop_table("visit_browser")
