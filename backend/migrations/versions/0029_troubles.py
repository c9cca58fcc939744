"""The trouble that a run repairs, and what was before it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("optimisation_run", sa.Column("trouble", JSON, nullable=True))
    op.add_column("optimisation_run", sa.Column("before_trouble", JSON, nullable=True))


def downgrade() -> None:
    op.drop_column("optimisation_run", "before_trouble")
    op.drop_column("optimisation_run", "trouble")
