"""Who changed the plan of a job last."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("planned_by", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("job", "planned_by")
