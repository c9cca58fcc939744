"""How often a customer was to be told of a delay, and what was expected then."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("arrival_estimate", sa.Column("delays", sa.BigInteger(), nullable=False, server_default="0"))
    op.add_column("arrival_estimate", sa.Column("delay_told", sa.DateTime(timezone=True), nullable=True))
    # Who was told already is told again only when it got worse.
    op.execute("UPDATE arrival_estimate SET delays = 1, delay_told = expected WHERE delayed_at IS NOT NULL")


def downgrade() -> None:
    op.drop_column("arrival_estimate", "delay_told")
    op.drop_column("arrival_estimate", "delays")
