"""Territories may have an area; those that are there have none until somebody draws it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    area = sa.JSON().with_variant(postgresql.JSONB(astext_type=sa.Text()), "postgresql")
    op.add_column("territory", sa.Column("area", area, nullable=True))


def downgrade() -> None:
    op.drop_column("territory", "area")
