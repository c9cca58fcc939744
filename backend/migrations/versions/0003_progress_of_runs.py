"""How far the search of an optimisation run is."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "run_progress",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("iteration", sa.BigInteger(), nullable=False),
        sa.Column("best_cost", sa.Double(), nullable=True),
        sa.Column("served", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["optimisation_run.id"], name=op.f("fk_run_progress_run_id_optimisation_run")
        ),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_progress")),
    )


def downgrade() -> None:
    op.drop_table("run_progress")
