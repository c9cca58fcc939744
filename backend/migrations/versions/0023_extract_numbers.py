"""Numbers under which facts are handed out to reports of the operator's own."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "extract_stream",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("newest_id", sa.Uuid(), nullable=True),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_extract_stream")),
    )
    op.create_table(
        "extract_number",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("row_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", "number", name=op.f("pk_extract_number")),
        sa.UniqueConstraint("name", "row_id", name=op.f("uq_extract_number_name_row_id")),
    )


def downgrade() -> None:
    op.drop_table("extract_number")
    op.drop_table("extract_stream")
