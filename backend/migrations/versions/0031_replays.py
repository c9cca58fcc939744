"""Days as they were known when they were first planned, and runs that plan them again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("optimisation_run", sa.Column("replays", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "day_inputs",
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("situation", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name=op.f("fk_day_inputs_territory_id_territory")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_day_inputs")),
        sa.UniqueConstraint("territory_id", "day", name=op.f("uq_day_inputs_territory_id_day")),
    )


def downgrade() -> None:
    op.drop_table("day_inputs")
    op.drop_column("optimisation_run", "replays")
