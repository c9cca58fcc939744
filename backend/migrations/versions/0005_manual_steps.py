"""A dispatcher's own steps, to be undone and done again."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "manual_step",
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("assign", "move", "unassign", "lock", name="stepkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Enum("done", "undone", name="stepstate", native_enum=False, length=32), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_manual_step_job_id_job")),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_manual_step_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_step")),
    )
    op.create_index("ix_manual_step_job_id", "manual_step", ["job_id"])
    op.create_index("ix_manual_step_user_id_id", "manual_step", ["user_id", "id"])
    op.create_table(
        "manual_step_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", JSON, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_manual_step_fact")),
    )
    op.create_index("ix_manual_step_fact_subject_id", "manual_step_fact", ["subject_id"])


def downgrade() -> None:
    op.drop_table("manual_step_fact")
    op.drop_table("manual_step")
