"""Reports that are sent by themselves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
REPORTS = (
    "on-time",
    "first-time-fix",
    "utilisation",
    "repeat-visits",
    "provision-and-bill",
    "fallout-ageing",
    "stock-accuracy",
)
BY = ("day", "territory", "technician", "work", "reason", "location", "model")
CADENCES = ("daily", "weekly", "monthly")


def upgrade() -> None:
    op.create_table(
        "report_schedule",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("report", sa.Enum(*REPORTS, name="reportname", native_enum=False, length=32), nullable=False),
        sa.Column("by", sa.Enum(*BY, name="by", native_enum=False, length=32), nullable=False),
        sa.Column("filters", JSON, nullable=False),
        sa.Column("cadence", sa.Enum(*CADENCES, name="cadence", native_enum=False, length=32), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("recipients", JSON, nullable=False),
        sa.Column("is_paused", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_work_columns(),
        sa.ForeignKeyConstraint(["owner_id"], ["app_user.id"], name=op.f("fk_report_schedule_owner_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_schedule")),
    )
    op.create_table(
        "report_delivery",
        sa.Column("schedule_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("why_not", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        *_work_columns(),
        sa.ForeignKeyConstraint(
            ["schedule_id"],
            ["report_schedule.id"],
            name=op.f("fk_report_delivery_schedule_id_report_schedule"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_report_delivery_user_id_app_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_delivery")),
        sa.UniqueConstraint(
            "schedule_id", "first_day", "user_id", name=op.f("uq_report_delivery_schedule_id_first_day_user_id")
        ),
    )
    op.create_index(op.f("ix_report_schedule_owner_id"), "report_schedule", ["owner_id"])
    op.create_index(op.f("ix_report_schedule_due_at"), "report_schedule", ["due_at"])
    op.create_index(op.f("ix_report_delivery_due_at"), "report_delivery", ["due_at"])


def downgrade() -> None:
    op.drop_table("report_delivery")
    op.drop_table("report_schedule")


def _work_columns() -> list[sa.Column[object]]:
    return [
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
    ]
