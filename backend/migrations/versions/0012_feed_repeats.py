"""Triggers that come in billing's feed once more."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WAITS = sa.text("position IS NULL")


def upgrade() -> None:
    op.create_table(
        "billing_feed_repeat",
        sa.Column("trigger_id", sa.Uuid(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trigger_id"], ["billing_trigger.id"], name=op.f("fk_billing_feed_repeat_trigger_id_billing_trigger")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_billing_feed_repeat")),
        sa.UniqueConstraint("position", name=op.f("uq_billing_feed_repeat_position")),
    )
    op.create_index(
        "uq_billing_feed_repeat_trigger_id_waiting",
        "billing_feed_repeat",
        ["trigger_id"],
        unique=True,
        sqlite_where=WAITS,
        postgresql_where=WAITS,
    )


def downgrade() -> None:
    op.drop_table("billing_feed_repeat")
