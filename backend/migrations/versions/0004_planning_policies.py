"""Policies as rows; runs over several days, with a disturbance budget and plain figures."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "planning_policy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("weights", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_policy")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_planning_policy_name_version")),
    )
    op.add_column("optimisation_run", sa.Column("day_count", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("optimisation_run", sa.Column("disturbance_limit", sa.BigInteger(), nullable=True))
    op.add_column("optimisation_run", sa.Column("figures_before", JSON, nullable=True))
    op.add_column("optimisation_run", sa.Column("figures_after", JSON, nullable=True))


def downgrade() -> None:
    for column in ("figures_after", "figures_before", "disturbance_limit", "day_count"):
        op.drop_column("optimisation_run", column)
    op.drop_table("planning_policy")
