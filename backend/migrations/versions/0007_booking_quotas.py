"""Quotas of windows by territory and kind of work."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "booking_quota",
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("daily_limit", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_id"], ["territory.id"], name=op.f("fk_booking_quota_territory_id_territory")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_quota")),
        sa.UniqueConstraint("territory_id", "work", name=op.f("uq_booking_quota_territory_id_work")),
    )


def downgrade() -> None:
    op.drop_table("booking_quota")
