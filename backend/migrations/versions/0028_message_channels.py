"""On which way a message goes, and why it was not sent after all. The code before this one writes e-mail alone."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    channel = sa.Enum("email", "sms", name="channel", native_enum=False, length=32)
    op.add_column("message", sa.Column("channel", channel, nullable=False, server_default="email"))
    op.add_column("message", sa.Column("dropped", sa.String(), nullable=True))


def downgrade() -> None:
    op.drop_column("message", "dropped")
    op.drop_column("message", "channel")
