"""Where technicians on their way are, the last place of each."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "technician_position",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_technician_position_technician_id_technician")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_technician_position_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_technician_position")),
        sa.UniqueConstraint("technician_id", name=op.f("uq_technician_position_technician_id")),
    )
    op.create_index(op.f("ix_technician_position_job_id"), "technician_position", ["job_id"])
    op.create_index(op.f("ix_technician_position_told_at"), "technician_position", ["told_at"])


def downgrade() -> None:
    op.drop_table("technician_position")
