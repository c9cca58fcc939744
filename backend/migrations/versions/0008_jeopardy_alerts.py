"""Windows that may be missed, with what could be done."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "jeopardy_alert",
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        sa.Column("expected_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("remedies", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_jeopardy_alert_job_id_job")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_jeopardy_alert_technician_id_technician")
        ),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_jeopardy_alert_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jeopardy_alert")),
        sa.UniqueConstraint("job_id", name=op.f("uq_jeopardy_alert_job_id")),
    )
    op.create_index("ix_jeopardy_alert_territory_id_day", "jeopardy_alert", ["territory_id", "day"])


def downgrade() -> None:
    op.drop_table("jeopardy_alert")
