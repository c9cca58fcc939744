"""Whose property the units of a model are, by date. The code before this one neither writes nor reads it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("cpe_model", sa.Column("ownerships", JSON, nullable=False, server_default="[]"))


def downgrade() -> None:
    op.drop_column("cpe_model", "ownerships")
