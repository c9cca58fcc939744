"""Links that follow a visit, its PIN, what the customer decides about it. The code before this one writes none of it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("access_link") as table:
        table.add_column(sa.Column("job_id", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("is_proved", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.alter_column("appointment_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(op.f("ix_access_link_job_id"), "access_link", ["job_id"])
    op.add_column("job", sa.Column("visit_pin", sa.String(), nullable=True))
    for consent in ("email_consent", "sms_consent"):
        op.add_column("account", sa.Column(consent, sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("work_specification", sa.Column("preparation", JSON, nullable=False, server_default="{}"))
    op.create_table(
        "visit_rating",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.BigInteger(), nullable=False),
        sa.Column("comment", sa.String(), nullable=True),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_visit_rating_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_rating")),
        sa.UniqueConstraint("job_id", name=op.f("uq_visit_rating_job_id")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_calendar_feed_job_id_job")),
        sa.ForeignKeyConstraint(
            ["technician_id"], ["technician.id"], name=op.f("fk_calendar_feed_technician_id_technician")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("job_id", name=op.f("uq_calendar_feed_job_id")),
        sa.UniqueConstraint("technician_id", name=op.f("uq_calendar_feed_technician_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("calendar_feed")
    op.drop_table("visit_rating")
    op.drop_column("work_specification", "preparation")
    for consent in ("sms_consent", "email_consent"):
        op.drop_column("account", consent)
    op.drop_column("job", "visit_pin")
    op.execute("DELETE FROM access_link WHERE appointment_id IS NULL")
    op.drop_index(op.f("ix_access_link_job_id"), "access_link")
    with op.batch_alter_table("access_link") as table:
        table.alter_column("appointment_id", existing_type=sa.Uuid(), nullable=False)
        table.drop_column("is_proved")
        table.drop_column("job_id")
