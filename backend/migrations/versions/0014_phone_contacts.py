"""When each phone was last heard of, and what it told of itself."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phone_contact",
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("synced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("app", sa.String(), nullable=True),
        sa.Column("schema", sa.BigInteger(), nullable=False),
        sa.Column("waiting", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_phone_contact_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_phone_contact")),
    )
    op.create_index(op.f("ix_phone_contact_heard_at"), "phone_contact", ["heard_at"])


def downgrade() -> None:
    op.drop_table("phone_contact")
