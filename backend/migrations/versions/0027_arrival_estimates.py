"""When technicians are expected to begin, and how such estimates held."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

KNOWN = ("earliest", "expected", "latest", "computed_at")
LATER = ("ahead_earliest", "ahead_latest", "ahead_at", "delayed_at", "arrived_at")


def upgrade() -> None:
    op.create_table(
        "arrival_estimate",
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in KNOWN),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=True) for name in LATER),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_arrival_estimate_job_id_job")),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_arrival_estimate_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_arrival_estimate")),
        sa.UniqueConstraint("job_id", "day", name=op.f("uq_arrival_estimate_job_id_day")),
    )
    op.create_index("ix_arrival_estimate_territory_id_day", "arrival_estimate", ["territory_id", "day"])


def downgrade() -> None:
    op.drop_table("arrival_estimate")
