"""First tables: everything from an order to a bill, on both databases.

Made from the models, then completed by what they cannot say: the constraint that a technician is in one place, and
the epoch that the cursors of this database belong to.
"""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backend.dispatch import exclusion

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "access_link",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_access_link"),
    )
    op.create_index("ix_access_link_appointment_id", "access_link", ["appointment_id"], unique=False)
    op.create_table(
        "account",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account"),
    )
    op.create_table(
        "activation_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activation_fact"),
    )
    op.create_index("ix_activation_fact_subject_id", "activation_fact", ["subject_id"], unique=False)
    op.create_table(
        "answered_request",
        sa.Column("caller", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("answer", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller", "key", name="pk_answered_request"),
    )
    op.create_table(
        "appointment_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointment_fact"),
    )
    op.create_index("ix_appointment_fact_subject_id", "appointment_fact", ["subject_id"], unique=False)
    op.create_table(
        "assignment_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_assignment_fact"),
    )
    op.create_index("ix_assignment_fact_subject_id", "assignment_fact", ["subject_id"], unique=False)
    op.create_table(
        "audit",
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("change", sa.String(), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "billing_feed",
        sa.Column("singleton", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("singleton", name="pk_billing_feed"),
    )
    op.create_table(
        "billing_key",
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("sealed_by", sa.String(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_key"),
    )
    op.create_index("ix_billing_key_sealed_by", "billing_key", ["sealed_by"], unique=False)
    op.create_table(
        "billing_stream",
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_stream"),
    )
    op.create_index("ix_billing_stream_due_at", "billing_stream", ["due_at"], unique=False)
    op.create_table(
        "billing_trigger_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_billing_trigger_fact"),
    )
    op.create_index("ix_billing_trigger_fact_subject_id", "billing_trigger_fact", ["subject_id"], unique=False)
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=True),
        sa.Column("size_bytes", sa.BigInteger(), nullable=True),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reference_count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_blob"),
    )
    op.create_table(
        "charge_line_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_charge_line_fact"),
    )
    op.create_index("ix_charge_line_fact_subject_id", "charge_line_fact", ["subject_id"], unique=False)
    op.create_table(
        "consignment_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consignment_fact"),
    )
    op.create_index("ix_consignment_fact_subject_id", "consignment_fact", ["subject_id"], unique=False)
    op.create_table(
        "cpe_model",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("serial_pattern", sa.String(), nullable=False),
        sa.Column("serial_prefix", sa.String(), nullable=False),
        sa.Column("serial_length", sa.BigInteger(), nullable=True),
        sa.Column(
            "check_digit",
            sa.Enum(
                "none",
                "luhn",
                "luhn_36",
                "mod_11_2",
                "mod_37_36",
                name="checkdigit",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_serialised", sa.Boolean(), nullable=False),
        sa.Column("is_hazardous", sa.Boolean(), nullable=False),
        sa.Column("is_export_controlled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cpe_model"),
        sa.UniqueConstraint("code", name="uq_cpe_model_code"),
    )
    op.create_table(
        "earned_trigger_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_earned_trigger_fact"),
    )
    op.create_index("ix_earned_trigger_fact_subject_id", "earned_trigger_fact", ["subject_id"], unique=False)
    op.create_table(
        "failed_attempts",
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("failures", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_failed_attempts"),
    )
    op.create_index("ix_failed_attempts_until", "failed_attempts", ["until"], unique=False)
    op.create_table(
        "chore",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chore"),
        sa.UniqueConstraint("name", name="uq_chore_name"),
    )
    op.create_index("ix_chore_due_at", "chore", ["due_at"], unique=False)
    op.create_table(
        "feed_body",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", "kind", name="pk_feed_body"),
    )
    op.create_index(
        "ix_feed_body_missing",
        "feed_body",
        ["kind"],
        unique=False,
        sqlite_where=sa.text("body IS NULL"),
        postgresql_where=sa.text("body IS NULL"),
    )
    op.create_table(
        "feed_entry",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "kind", "id", name="pk_feed_entry"),
    )
    op.create_index("ix_feed_entry_kind_id", "feed_entry", ["kind", "id"], unique=False)
    op.create_index(
        "ix_feed_entry_removed_at",
        "feed_entry",
        ["removed_at"],
        unique=False,
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.create_index("ix_feed_entry_scope_seq", "feed_entry", ["scope", "seq"], unique=False)
    op.create_table(
        "feed_epoch",
        sa.Column("singleton", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.Uuid(), nullable=False),
        sa.Column("restored_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("singleton", name="pk_feed_epoch"),
    )
    op.create_table(
        "feed_scope",
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("mismatches", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_feed_scope"),
    )
    op.create_table(
        "hold_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hold_fact"),
    )
    op.create_index("ix_hold_fact_subject_id", "hold_fact", ["subject_id"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "message_id", name="pk_inbox"),
    )
    op.create_table(
        "job_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_job_fact"),
    )
    op.create_index("ix_job_fact_subject_id", "job_fact", ["subject_id"], unique=False)
    op.create_table(
        "job_series",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_job_series"),
    )
    op.create_table(
        "message",
        sa.Column("dedup_key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=True),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_message"),
        sa.UniqueConstraint("dedup_key", name="uq_message_dedup_key"),
    )
    op.create_index("ix_message_due_at", "message", ["due_at"], unique=False)
    op.create_table(
        "optimisation_run_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_optimisation_run_fact"),
    )
    op.create_index("ix_optimisation_run_fact_subject_id", "optimisation_run_fact", ["subject_id"], unique=False)
    op.create_table(
        "order_item_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_order_item_fact"),
    )
    op.create_index("ix_order_item_fact_subject_id", "order_item_fact", ["subject_id"], unique=False)
    op.create_table(
        "order_number",
        sa.Column("singleton", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("singleton", name="pk_order_number"),
    )
    op.create_table(
        "organisation",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_contractor", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organisation"),
    )
    op.create_table(
        "outbox",
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("event_version", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"], unique=False)
    op.create_index("ix_outbox_subject_id", "outbox", ["subject_id"], unique=False)
    op.create_index("ix_outbox_type", "outbox", ["type"], unique=False)
    op.create_table(
        "product_offering",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "kind", sa.Enum("simple", "bundle", name="offeringkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("specification", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("members", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("published_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_offering"),
        sa.UniqueConstraint("code", name="uq_product_offering_code"),
    )
    op.create_table(
        "product_order_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_product_order_fact"),
    )
    op.create_index("ix_product_order_fact_subject_id", "product_order_fact", ["subject_id"], unique=False)
    op.create_table(
        "proposal_move_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_move_fact"),
    )
    op.create_index("ix_proposal_move_fact_subject_id", "proposal_move_fact", ["subject_id"], unique=False)
    op.create_table(
        "reconciliation_run",
        sa.Column(
            "state",
            sa.Enum("queued", "running", "done", "failed", name="runstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_done", sa.BigInteger(), nullable=False),
        sa.Column("stage_total", sa.BigInteger(), nullable=False),
        sa.Column("services_compared", sa.BigInteger(), nullable=True),
        sa.Column("items_compared", sa.BigInteger(), nullable=True),
        sa.Column("units_compared", sa.BigInteger(), nullable=True),
        sa.Column("breaks_found", sa.BigInteger(), nullable=True),
        sa.Column("breaks_opened", sa.BigInteger(), nullable=True),
        sa.Column("breaks_closed", sa.BigInteger(), nullable=True),
        sa.Column("failure", sa.String(), nullable=True),
        sa.Column("errors", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_run"),
    )
    op.create_index("ix_reconciliation_run_due_at", "reconciliation_run", ["due_at"], unique=False)
    op.create_table(
        "reconciliation_run_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reconciliation_run_fact"),
    )
    op.create_index("ix_reconciliation_run_fact_subject_id", "reconciliation_run_fact", ["subject_id"], unique=False)
    op.create_table(
        "resource_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_resource_fact"),
    )
    op.create_index("ix_resource_fact_subject_id", "resource_fact", ["subject_id"], unique=False)
    op.create_table(
        "review_card_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_card_fact"),
    )
    op.create_index("ix_review_card_fact_subject_id", "review_card_fact", ["subject_id"], unique=False)
    op.create_table(
        "serial_unit_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_serial_unit_fact"),
    )
    op.create_index("ix_serial_unit_fact_subject_id", "serial_unit_fact", ["subject_id"], unique=False)
    op.create_table(
        "service_break_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_break_fact"),
    )
    op.create_index("ix_service_break_fact_subject_id", "service_break_fact", ["subject_id"], unique=False)
    op.create_table(
        "service_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_service_fact"),
    )
    op.create_index("ix_service_fact_subject_id", "service_fact", ["subject_id"], unique=False)
    op.create_table(
        "service_key",
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "technician",
                "contractor_technician",
                "contractor_manager",
                "dispatcher",
                "supervisor",
                "agent",
                "customer",
                "warehouse",
                "provisioning",
                "billing_analyst",
                "product_manager",
                "auditor",
                "administrator",
                "billing_system",
                "network_system",
                "anonymous",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("key_id", name="pk_service_key"),
    )
    op.create_table(
        "skill",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_skill"),
        sa.UniqueConstraint("code", name="uq_skill_code"),
    )
    op.create_table(
        "transfer_order_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_order_fact"),
    )
    op.create_index("ix_transfer_order_fact_subject_id", "transfer_order_fact", ["subject_id"], unique=False)
    op.create_table(
        "stock_reservation_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stock_reservation_fact"),
    )
    op.create_index("ix_stock_reservation_fact_subject_id", "stock_reservation_fact", ["subject_id"], unique=False)
    op.create_table(
        "territory",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_territory"),
        sa.UniqueConstraint("code", name="uq_territory_code"),
    )
    op.create_table(
        "work_order_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_work_order_fact"),
    )
    op.create_index("ix_work_order_fact_subject_id", "work_order_fact", ["subject_id"], unique=False)
    op.create_table(
        "work_specification",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=False),
        sa.Column("skills", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("checklist", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("hazards", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("crew_size", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_work_specification"),
        sa.UniqueConstraint("code", name="uq_work_specification_code"),
    )
    op.create_table(
        "app_user",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "technician",
                "contractor_technician",
                "contractor_manager",
                "dispatcher",
                "supervisor",
                "agent",
                "customer",
                "warehouse",
                "provisioning",
                "billing_analyst",
                "product_manager",
                "auditor",
                "administrator",
                "billing_system",
                "network_system",
                "anonymous",
                name="role",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("territory_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_app_user_organisation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_app_user"),
        sa.UniqueConstraint("email", name="uq_app_user_email"),
    )
    op.create_table(
        "upload",
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("length_bytes", sa.BigInteger(), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.Column("client_metadata", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_upload"),
    )
    op.create_index("ix_upload_actor_id", "upload", ["actor_id"], unique=False)
    op.create_index("ix_upload_due_at", "upload", ["due_at"], unique=False)
    op.create_table(
        "upload_part",
        sa.Column("upload_id", sa.Uuid(), nullable=False),
        sa.Column("offset_bytes", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name="fk_upload_part_upload_id"),
        sa.PrimaryKeyConstraint("upload_id", "offset_bytes", name="pk_upload_part"),
    )
    op.create_table(
        "blob_upload",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["sha256"], ["blob.sha256"], name="fk_blob_upload_sha256"),
        sa.PrimaryKeyConstraint("sha256", "actor_id", name="pk_blob_upload"),
    )
    op.create_table(
        "offering_price",
        sa.Column("offering_id", sa.Uuid(), nullable=False),
        sa.Column("charge_code", sa.String(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period", sa.Enum("once", "month", name="period", native_enum=False, length=32), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["offering_id"], ["product_offering.id"], name="fk_offering_price_offering_id"),
        sa.PrimaryKeyConstraint("id", name="pk_offering_price"),
        sa.UniqueConstraint(
            "offering_id", "charge_code", "valid_from", name="uq_offering_price_offering_id_charge_code_valid_from"
        ),
    )
    op.create_table(
        "optimisation_run",
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("policy_name", sa.String(), nullable=False),
        sa.Column("policy_version", sa.BigInteger(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("stop_seconds", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "proposed",
                "applied",
                "partiallyApplied",
                "discarded",
                "rolledBack",
                "failed",
                name="runstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("cost_before", sa.Double(), nullable=True),
        sa.Column("cost_after", sa.Double(), nullable=True),
        sa.Column("travel_sources", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("unserved", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("error", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_optimisation_run_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_optimisation_run"),
    )
    op.create_index("ix_optimisation_run_due_at", "optimisation_run", ["due_at"], unique=False)
    op.create_index("ix_optimisation_run_territory_id", "optimisation_run", ["territory_id"], unique=False)
    op.create_table(
        "premises",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("street", sa.String(), nullable=False),
        sa.Column("postcode", sa.String(), nullable=False),
        sa.Column("city", sa.String(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("access_notes", sa.String(), nullable=True),
        sa.Column("hazards", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_premises_account_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_premises_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_premises"),
    )
    op.create_index("ix_premises_account_id", "premises", ["account_id"], unique=False)
    op.create_index("ix_premises_territory_id", "premises", ["territory_id"], unique=False)
    op.create_table(
        "resource_pool",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("port", "vlan", "ipv4", "ipv6", "number", name="poolkind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("blocks", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_resource_pool_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource_pool"),
        sa.UniqueConstraint("code", name="uq_resource_pool_code"),
    )
    op.create_table(
        "service_break",
        sa.Column(
            "kind",
            sa.Enum(
                "active_not_billed",
                "billed_not_active",
                "double_billed",
                "wrong_start",
                "wrong_plan",
                "installed_no_service",
                "orphan_serial",
                "orphan_resource",
                name="breakkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "repairProposed",
                "repairing",
                "closed",
                "waived",
                name="breakstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("charge_line_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("premises_id", sa.Uuid(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("risk_minor_per_day", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("expected", sa.String(), nullable=True),
        sa.Column("found", sa.String(), nullable=True),
        sa.Column("root_cause", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("repair", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("waive_reason", sa.String(), nullable=True),
        sa.Column("found_by", sa.Uuid(), nullable=False),
        sa.Column("closed_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["closed_by"], ["reconciliation_run.id"], name="fk_service_break_closed_by"),
        sa.ForeignKeyConstraint(["found_by"], ["reconciliation_run.id"], name="fk_service_break_found_by"),
        sa.PrimaryKeyConstraint("id", name="pk_service_break"),
    )
    op.create_index("ix_service_break_service_id", "service_break", ["service_id"], unique=False)
    op.create_index("ix_service_break_subject_id", "service_break", ["subject_id"], unique=False)
    op.create_index("ix_service_break_state", "service_break", ["state"], unique=False)
    op.create_index(
        "uq_service_break_kind_subject_id_unclosed",
        "service_break",
        ["kind", "subject_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_table(
        "technician",
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("home_latitude", sa.Double(), nullable=False),
        sa.Column("home_longitude", sa.Double(), nullable=False),
        sa.Column("is_contractor", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_technician_organisation_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_technician_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_technician"),
        sa.UniqueConstraint("number", name="uq_technician_number"),
    )
    op.create_index("ix_technician_organisation_id", "technician", ["organisation_id"], unique=False)
    op.create_index("ix_technician_territory_id", "technician", ["territory_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_key", sa.String(), nullable=False),
        sa.Column("outbox_id", sa.Uuid(), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lapsed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_device_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("outbox_id", name="uq_device_outbox_id"),
    )
    op.create_table(
        "enrolment_code",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_enrolment_code_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_enrolment_code"),
        sa.UniqueConstraint("code_hash", name="uq_enrolment_code_code_hash"),
    )
    op.create_table(
        "product_order",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("premises_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "acknowledged",
                "rejected",
                "inProgress",
                "assessingCancellation",
                "pendingCancellation",
                "cancelled",
                "completed",
                "partial",
                "failed",
                name="orderstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("placed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("work_ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_product_order_account_id"),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_product_order_premises_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_product_order_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_product_order"),
        sa.UniqueConstraint("number", name="uq_product_order_number"),
    )
    op.create_index("ix_product_order_account_id", "product_order", ["account_id"], unique=False)
    op.create_index("ix_product_order_due_at", "product_order", ["due_at"], unique=False)
    op.create_index("ix_product_order_premises_id", "product_order", ["premises_id"], unique=False)
    op.create_index("ix_product_order_territory_id", "product_order", ["territory_id"], unique=False)
    op.create_table(
        "resource",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("namespace", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("place", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("ported", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "available",
                "reserved",
                "assigned",
                "quarantined",
                "blocked",
                "retired",
                name="resourcestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reserved_for", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "state <> 'reserved' OR reserved_for IS NOT NULL", name=op.f("ck_resource_reserved_for_somebody")
        ),
        sa.ForeignKeyConstraint(["pool_id"], ["resource_pool.id"], name="fk_resource_pool_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource"),
        sa.UniqueConstraint("namespace", "value", name="uq_resource_namespace_value"),
    )
    op.create_table(
        "number_porting",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="portingdirection", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("operator", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_number_porting_resource_id"),
        sa.PrimaryKeyConstraint("id", name="pk_number_porting"),
    )
    op.create_index("ix_number_porting_resource_id", "number_porting", ["resource_id"], unique=False)
    op.create_index("ix_resource_due_at", "resource", ["due_at"], unique=False)
    op.create_index("ix_resource_pool_id_state", "resource", ["pool_id", "state"], unique=False)
    op.create_index("ix_resource_reserved_for", "resource", ["reserved_for"], unique=False)
    op.create_table(
        "service",
        sa.Column(
            "kind",
            sa.Enum("access", "internet", "voice", name="servicekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("premises_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "feasibilityChecked",
                "designed",
                "reserved",
                "inactive",
                "active",
                "terminated",
                name="servicestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("characteristics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("active_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("suspended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terminated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_service_account_id"),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_service_premises_id"),
        sa.PrimaryKeyConstraint("id", name="pk_service"),
    )
    op.create_index("ix_service_account_id", "service", ["account_id"], unique=False)
    op.create_index("ix_service_order_item_id", "service", ["order_item_id"], unique=False)
    op.create_index("ix_service_premises_id", "service", ["premises_id"], unique=False)
    op.create_index("ix_service_state", "service", ["state"], unique=False)
    op.create_table(
        "shift",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("break_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("break_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("break_seconds", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_shift_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_shift"),
        sa.UniqueConstraint("technician_id", "day", name="uq_shift_technician_id_day"),
    )
    op.create_index("ix_shift_day", "shift", ["day"], unique=False)
    op.create_table(
        "stock_location",
        sa.Column(
            "kind",
            sa.Enum(
                "depot",
                "van",
                "premises",
                "returns",
                "supplier",
                "carrier",
                "transit",
                "missing",
                "scrapped",
                name="locationkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("premises_id", sa.Uuid(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("is_restricted", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_stock_location_premises_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_stock_location_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_location"),
        sa.UniqueConstraint("premises_id", name="uq_stock_location_premises_id"),
        sa.UniqueConstraint("technician_id", name="uq_stock_location_technician_id"),
    )
    op.create_index("ix_stock_location_kind", "stock_location", ["kind"], unique=False)
    op.create_index(
        "uq_stock_location_name_carrier",
        "stock_location",
        ["name"],
        unique=True,
        sqlite_where=sa.text("kind = 'carrier'"),
        postgresql_where=sa.text("kind = 'carrier'"),
    )
    op.create_index(
        "uq_stock_location_kind_nowhere",
        "stock_location",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("kind IN ('transit', 'missing', 'scrapped')"),
        postgresql_where=sa.text("kind IN ('transit', 'missing', 'scrapped')"),
    )
    op.create_table(
        "sync_outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("last_mid", sa.BigInteger(), nullable=False),
        sa.Column("durable_mid", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_sync_outbox_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_outbox"),
    )
    op.create_table(
        "technician_skill",
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["code"], ["skill.code"], name="fk_technician_skill_code"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_technician_skill_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_technician_skill"),
        sa.UniqueConstraint("technician_id", "code", name="uq_technician_skill_technician_id_code"),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name="fk_user_session_user_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_session"),
    )
    op.create_table(
        "activation",
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "activate",
                "suspend",
                "resume",
                "change",
                "reprovision",
                "terminate",
                name="purpose",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("armed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "witness",
            sa.Enum("field", "network", "request", name="witness", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("equipment", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("characteristics", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "armed",
                "running",
                "retryWait",
                "succeeded",
                "fallout",
                "rollingBack",
                "rolledBack",
                "abandoned",
                "expired",
                name="activationstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("profiles", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_activation_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activation"),
    )
    op.create_index("ix_activation_due_at", "activation", ["due_at"], unique=False)
    op.create_index("ix_activation_job_id", "activation", ["job_id"], unique=False)
    op.create_index("ix_activation_order_id", "activation", ["order_id"], unique=False)
    op.create_index("ix_activation_service_id", "activation", ["service_id"], unique=False)
    op.create_index("ix_activation_state", "activation", ["state"], unique=False)
    op.create_index(
        "uq_activation_service_id_live",
        "activation",
        ["service_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('armed', 'running', 'retryWait', 'fallout', 'rollingBack')"),
        postgresql_where=sa.text("state IN ('armed', 'running', 'retryWait', 'fallout', 'rollingBack')"),
    )
    op.create_table(
        "network_contact",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("serial", sa.String(), nullable=True),
        sa.Column("port", sa.String(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "started",
                "agrees",
                "differs",
                "unawaited",
                "unknown",
                name="contactverdict",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_network_contact_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_network_contact"),
        sa.UniqueConstraint("message_id", name="uq_network_contact_message_id"),
    )
    op.create_index("ix_network_contact_service_id", "network_contact", ["service_id"], unique=False)
    op.create_table(
        "device_token",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("is_refresh", sa.Boolean(), nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("replaced_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_device_token_device_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_device_token"),
    )
    op.create_index("ix_device_token_device_id", "device_token", ["device_id"], unique=False)
    op.create_table(
        "order_item",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("offering_code", sa.String(), nullable=False),
        sa.Column("bundle_code", sa.String(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("work", sa.String(), nullable=True),
        sa.Column("goods", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "fulfilment",
            sa.Enum("technician", "shipment", "pick_up", name="fulfilmentmethod", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "point_of_no_return",
            sa.Enum("dispatch", "visit", "delivery", name="pointofnoreturn", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("service_count", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "acknowledged",
                "rejected",
                "inProgress",
                "assessingCancellation",
                "pendingCancellation",
                "cancelled",
                "completed",
                "partial",
                "failed",
                name="orderstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_order_item_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_item"),
    )
    op.create_index("ix_order_item_order_id", "order_item", ["order_id"], unique=False)
    op.create_table(
        "resource_assignment",
        sa.Column("resource_id", sa.Uuid(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name="fk_resource_assignment_resource_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_resource_assignment_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resource_assignment"),
    )
    op.create_index("ix_resource_assignment_service_id", "resource_assignment", ["service_id"], unique=False)
    op.create_index(
        "uq_resource_assignment_resource_id_live",
        "resource_assignment",
        ["resource_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_table(
        "serial_unit",
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "received",
                "available",
                "reserved",
                "inTransit",
                "installed",
                "recovered",
                "quarantined",
                "inRma",
                "scrapped",
                "missing",
                name="serialstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name="fk_serial_unit_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_serial_unit"),
        sa.UniqueConstraint("serial", name="uq_serial_unit_serial"),
    )
    op.create_index("ix_serial_unit_location_id", "serial_unit", ["location_id"], unique=False)
    op.create_index(
        "ix_serial_unit_model_state_location_id", "serial_unit", ["model", "state", "location_id"], unique=False
    )
    op.create_table(
        "sync_mutation",
        sa.Column("outbox_id", sa.String(), nullable=False),
        sa.Column("mid", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("is_first", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("device", sa.String(), nullable=False),
        sa.Column("schema", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document_id", sa.String(), nullable=False),
        sa.Column("base", sa.BigInteger(), nullable=True),
        sa.Column("args", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("off_ms", sa.BigInteger(), nullable=True),
        sa.Column("blobs", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("had_lease", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "queued",
                "sent",
                "applied",
                "merged",
                "duplicate",
                "conflict",
                "rejected",
                "quarantined",
                "retry",
                "resolved",
                name="mutationstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(), nullable=True),
        sa.Column("path", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.Column("document_state", sa.String(), nullable=True),
        sa.Column("lost", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["sync_outbox.id"], name="fk_sync_mutation_outbox_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sync_mutation"),
        sa.UniqueConstraint("outbox_id", "mid", name="uq_sync_mutation_outbox_id_mid"),
    )
    op.create_index(
        "ix_sync_mutation_document", "sync_mutation", ["outbox_id", "kind", "document_id", "mid"], unique=False
    )
    op.create_index(
        "uq_sync_mutation_uid_first",
        "sync_mutation",
        ["uid"],
        unique=True,
        sqlite_where=sa.text("is_first = 1"),
        postgresql_where=sa.text("is_first"),
    )
    op.create_table(
        "work_order",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column(
            "cause",
            sa.Enum("order", "trouble", "plant", name="workordercause", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("external_reference", sa.String(), nullable=True),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "acknowledged",
                "inProgress",
                "completed",
                "partial",
                "failed",
                "cancelled",
                name="workorderstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_work_order_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_work_order"),
        sa.UniqueConstraint("number", name="uq_work_order_number"),
        sa.UniqueConstraint("order_id", "work", name="uq_work_order_order_id_work"),
    )
    op.create_table(
        "activation_step",
        sa.Column("activation_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column(
            "name",
            sa.Enum(
                "port_profile",
                "radius_subscriber",
                "voice_line",
                "read_back",
                "test_and_turn_up",
                name="stepname",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("undoes", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["activation_id"], ["activation.id"], name="fk_activation_step_activation_id"),
        sa.PrimaryKeyConstraint("id", name="pk_activation_step"),
        sa.UniqueConstraint(
            "activation_id", "round", "position", name="uq_activation_step_activation_id_round_position"
        ),
    )
    op.create_table(
        "charge_line",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("fulfilment", "provision", "labour", name="chargekind", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column(
            "service_kind",
            sa.Enum("access", "internet", "voice", name="servicekind", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column(
            "fulfilment",
            sa.Enum("technician", "shipment", "pick_up", name="fulfilmentmethod", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("split_from", sa.Uuid(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period", sa.Enum("once", "month", name="period", native_enum=False, length=32), nullable=False),
        sa.Column(
            "earned",
            sa.Enum("at_handover", "on_acceptance", "over_time", name="earnedpolicy", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum("open", "done", "cancelled", name="linestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_charge_line_order_id"),
        sa.ForeignKeyConstraint(["order_item_id"], ["order_item.id"], name="fk_charge_line_order_item_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_charge_line_service_id"),
        sa.ForeignKeyConstraint(["split_from"], ["charge_line.id"], name="fk_charge_line_split_from"),
        sa.PrimaryKeyConstraint("id", name="pk_charge_line"),
        sa.UniqueConstraint("service_id", name="uq_charge_line_service_id"),
    )
    op.create_index("ix_charge_line_order_id", "charge_line", ["order_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("work_order_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("premises_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("follows_job_id", sa.Uuid(), nullable=True),
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("duration_seconds", sa.BigInteger(), nullable=False),
        sa.Column("skills", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("priority", sa.BigInteger(), nullable=False),
        sa.Column("needs_signature", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "enRoute",
                "started",
                "completed",
                "notDone",
                "suspended",
                "cancelled",
                name="jobstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "assignment",
            sa.Enum(
                "unassigned",
                "tentative",
                "assigned",
                "dispatched",
                "acknowledged",
                name="assignmentstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "lock",
            sa.Enum("none", "time", "technician", "both", name="joblock", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("planned_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window_zone", sa.String(), nullable=True),
        sa.Column("window_local", sa.String(), nullable=True),
        sa.Column("service_day", sa.Date(), nullable=True),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Enum("full", "partial", name="outcome", native_enum=False, length=32), nullable=True),
        sa.Column("undone", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_job_account_id"),
        sa.ForeignKeyConstraint(["follows_job_id"], ["job.id"], name="fk_job_follows_job_id"),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_job_order_id"),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_job_organisation_id"),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_job_premises_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_technician_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_job_territory_id"),
        sa.ForeignKeyConstraint(["work_order_id"], ["work_order.id"], name="fk_job_work_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("number", name="uq_job_number"),
    )
    op.create_index("ix_job_account_id", "job", ["account_id"], unique=False)
    op.create_index("ix_job_due_at", "job", ["due_at"], unique=False)
    op.create_index("ix_job_follows_job_id", "job", ["follows_job_id"], unique=False)
    op.create_index("ix_job_order_id", "job", ["order_id"], unique=False)
    op.create_index("ix_job_organisation_id", "job", ["organisation_id"], unique=False)
    op.create_index("ix_job_premises_id", "job", ["premises_id"], unique=False)
    op.create_index("ix_job_service_day", "job", ["service_day"], unique=False)
    op.create_index("ix_job_state", "job", ["state"], unique=False)
    op.create_index("ix_job_technician_id", "job", ["technician_id"], unique=False)
    op.create_index("ix_job_territory_id", "job", ["territory_id"], unique=False)
    op.create_index("ix_job_work_order_id", "job", ["work_order_id"], unique=False)
    op.create_table(
        "stock_move",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serial_unit_id", sa.Uuid(), nullable=True),
        sa.Column("from_location_id", sa.Uuid(), nullable=True),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "reason",
            sa.Enum(
                "receipt",
                "transfer",
                "installation",
                "consumption",
                "recovery",
                "shipment",
                "handover",
                "adjustment",
                "return",
                "disposal",
                name="movereason",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_location_id"], ["stock_location.id"], name="fk_stock_move_from_location_id"),
        sa.ForeignKeyConstraint(["serial_unit_id"], ["serial_unit.id"], name="fk_stock_move_serial_unit_id"),
        sa.ForeignKeyConstraint(["to_location_id"], ["stock_location.id"], name="fk_stock_move_to_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_move"),
    )
    op.create_index("ix_stock_move_from_location_id_model", "stock_move", ["from_location_id", "model"], unique=False)
    op.create_index("ix_stock_move_serial_unit_id", "stock_move", ["serial_unit_id"], unique=False)
    op.create_index("ix_stock_move_to_location_id_model", "stock_move", ["to_location_id", "model"], unique=False)
    op.create_table(
        "stock_reservation",
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("serial_unit_id", sa.Uuid(), nullable=True),
        sa.Column("location_id", sa.Uuid(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("order_item_id", sa.Uuid(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "reserved", "consumed", "released", "expired", name="reservationstate", native_enum=False, length=32
            ),
            nullable=False,
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint(
            "(serial_unit_id IS NULL) <> (location_id IS NULL)", name="ck_stock_reservation_unit_or_parts"
        ),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name="fk_stock_reservation_location_id"),
        sa.ForeignKeyConstraint(["serial_unit_id"], ["serial_unit.id"], name="fk_stock_reservation_serial_unit_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_reservation"),
    )
    op.create_index("ix_stock_reservation_due_at", "stock_reservation", ["due_at"], unique=False)
    op.create_index("ix_stock_reservation_location_id", "stock_reservation", ["location_id"], unique=False)
    op.create_index("ix_stock_reservation_order_id", "stock_reservation", ["order_id"], unique=False)
    op.create_index("ix_stock_reservation_serial_unit_id", "stock_reservation", ["serial_unit_id"], unique=False)
    op.create_index(
        "uq_stock_reservation_serial_unit_id_reserved",
        "stock_reservation",
        ["serial_unit_id"],
        unique=True,
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.create_table(
        "export_release",
        sa.Column("model", sa.String(), nullable=True),
        sa.Column("to_location_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["to_location_id"], ["stock_location.id"], name="fk_export_release_to_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_export_release"),
    )
    op.create_index("ix_export_release_model", "export_release", ["model"], unique=False)
    op.create_index("ix_export_release_to_location_id", "export_release", ["to_location_id"], unique=False)
    op.create_table(
        "stock_count",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.BigInteger(), nullable=False),
        sa.Column("missing", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("found", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("misplaced", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name="fk_stock_count_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_count"),
    )
    op.create_index("ix_stock_count_location_id", "stock_count", ["location_id"], unique=False)
    op.create_table(
        "serial_import",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name="fk_serial_import_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_serial_import"),
    )
    op.create_table(
        "stock_level",
        sa.Column("location_id", sa.Uuid(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("minimum", sa.BigInteger(), nullable=False),
        sa.Column("maximum", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["location_id"], ["stock_location.id"], name="fk_stock_level_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_stock_level"),
        sa.UniqueConstraint("location_id", "model", name="uq_stock_level_location_id_model"),
    )
    op.create_table(
        "transfer_order",
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column(
            "state",
            sa.Enum("shipped", "received", "short", "closed", name="transferstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("serials", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("received_serials", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("received_parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("unexpected", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("unexpected_parts", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("shipped_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_location_id"], ["stock_location.id"], name="fk_transfer_order_from_location_id"),
        sa.ForeignKeyConstraint(["to_location_id"], ["stock_location.id"], name="fk_transfer_order_to_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_transfer_order"),
    )
    op.create_index("ix_transfer_order_state", "transfer_order", ["state"], unique=False)
    op.create_index("ix_transfer_order_to_location_id", "transfer_order", ["to_location_id"], unique=False)
    op.create_table(
        "return_receipt",
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("serial_unit_id", sa.Uuid(), nullable=False),
        sa.Column("premises_id", sa.Uuid(), nullable=False),
        sa.Column("to_location_id", sa.Uuid(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name="fk_return_receipt_premises_id"),
        sa.ForeignKeyConstraint(["serial_unit_id"], ["serial_unit.id"], name="fk_return_receipt_serial_unit_id"),
        sa.ForeignKeyConstraint(["to_location_id"], ["stock_location.id"], name="fk_return_receipt_to_location_id"),
        sa.PrimaryKeyConstraint("id", name="pk_return_receipt"),
        sa.UniqueConstraint("number", name="uq_return_receipt_number"),
    )
    op.create_index("ix_return_receipt_premises_id", "return_receipt", ["premises_id"], unique=False)
    op.create_index("ix_return_receipt_serial_unit_id", "return_receipt", ["serial_unit_id"], unique=False)
    op.create_table(
        "billing_trigger",
        sa.Column("fact_key", sa.String(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("correction_id", sa.Uuid(), nullable=True),
        sa.Column("because", sa.String(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "start",
                "stop",
                "suspend",
                "resume",
                "change",
                "fulfil",
                "credit",
                "correct",
                name="kind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("order_number", sa.String(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("charge_line_id", sa.Uuid(), nullable=True),
        sa.Column("charge_code", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("service_id", sa.Uuid(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period", sa.Enum("once", "month", name="period", native_enum=False, length=32), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "pending",
                "sent",
                "delivered",
                "applied",
                "rejected",
                "superseded",
                "deadLetter",
                name="triggerstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_due", sa.Boolean(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ledger_entry_id", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_billing_trigger_account_id"),
        sa.ForeignKeyConstraint(["charge_line_id"], ["charge_line.id"], name="fk_billing_trigger_charge_line_id"),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_billing_trigger_order_id"),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_billing_trigger_service_id"),
        sa.ForeignKeyConstraint(["stream_id"], ["billing_stream.id"], name="fk_billing_trigger_stream_id"),
        sa.ForeignKeyConstraint(["supersedes"], ["billing_trigger.id"], name="fk_billing_trigger_supersedes"),
        sa.PrimaryKeyConstraint("id", name="pk_billing_trigger"),
        sa.UniqueConstraint("correction_id", name="uq_billing_trigger_correction_id"),
        sa.UniqueConstraint("fact_key", "revision", name="uq_billing_trigger_fact_key_revision"),
        sa.UniqueConstraint("position", name="uq_billing_trigger_position"),
    )
    op.create_index("ix_billing_trigger_charge_line_id", "billing_trigger", ["charge_line_id"], unique=False)
    op.create_index(
        "ix_billing_trigger_due",
        "billing_trigger",
        ["stream_id", "sequence"],
        unique=False,
        sqlite_where=sa.text("is_due"),
        postgresql_where=sa.text("is_due"),
    )
    op.create_index("ix_billing_trigger_order_id", "billing_trigger", ["order_id"], unique=False)
    op.create_index("ix_billing_trigger_service_id", "billing_trigger", ["service_id"], unique=False)
    op.create_index("ix_billing_trigger_state", "billing_trigger", ["state"], unique=False)
    op.create_index(
        "uq_billing_trigger_place",
        "billing_trigger",
        ["stream_id", "sequence"],
        unique=True,
        sqlite_where=sa.text("state <> 'superseded'"),
        postgresql_where=sa.text("state <> 'superseded'"),
    )
    op.create_table(
        "order_milestone",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "name",
            sa.Enum(
                "appointed",
                "dispatched",
                "visit_began",
                "completed",
                name="milestone",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_order_milestone_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_order_milestone"),
        sa.UniqueConstraint("order_id", "name", name="uq_order_milestone_order_id_name"),
    )
    op.create_table(
        "consignment",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("technician", "shipment", "pick_up", name="fulfilmentmethod", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("from_location_id", sa.Uuid(), nullable=False),
        sa.Column("goods", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("carrier", sa.String(), nullable=True),
        sa.Column("tracking_reference", sa.String(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("received_by", sa.String(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "packed",
                "inTransit",
                "handedOver",
                "returned",
                name="consignmentstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_location_id"], ["stock_location.id"], name="fk_consignment_from_location_id"),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_consignment_order_id"),
        sa.PrimaryKeyConstraint("id", name="pk_consignment"),
        sa.UniqueConstraint("carrier", "tracking_reference", name="uq_consignment_carrier_tracking_reference"),
    )
    op.create_index("ix_consignment_order_id", "consignment", ["order_id"], unique=False)
    op.create_table(
        "handover",
        sa.Column("charge_line_id", sa.Uuid(), nullable=False),
        sa.Column(
            "method",
            sa.Enum("technician", "shipment", "pick_up", name="fulfilmentmethod", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("serials", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("consignment_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(), nullable=True),
        sa.Column("received_by", sa.String(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["charge_line_id"], ["charge_line.id"], name="fk_handover_charge_line_id"),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name="fk_handover_consignment_id"),
        sa.PrimaryKeyConstraint("id", name="pk_handover"),
        sa.UniqueConstraint("charge_line_id", "consignment_id", name="uq_handover_charge_line_id_consignment_id"),
        sa.UniqueConstraint("charge_line_id", "job_id", name="uq_handover_charge_line_id_job_id"),
    )
    op.create_table(
        "hazard_acknowledgement",
        sa.Column("hazard", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_hazard_acknowledgement_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_hazard_acknowledgement_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hazard_acknowledgement"),
    )
    op.create_index("ix_hazard_acknowledgement_job_id", "hazard_acknowledgement", ["job_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_zone", sa.String(), nullable=False),
        sa.Column("window_local", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reservation_ids", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("cost_seconds", sa.Double(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("held", "consumed", "released", "expired", name="holdstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_hold_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_hold_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
    )
    op.create_index("ix_hold_due_at", "hold", ["due_at"], unique=False)
    op.create_index(
        "uq_hold_job_id_held",
        "hold",
        ["job_id"],
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_table(
        "job_answer",
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_answer_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_answer_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_answer"),
    )
    op.create_index("ix_job_answer_job_id", "job_answer", ["job_id"], unique=False)
    op.create_table(
        "job_measurement",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_measurement_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_measurement_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_measurement"),
    )
    op.create_index("ix_job_measurement_job_id", "job_measurement", ["job_id"], unique=False)
    op.create_table(
        "job_note",
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_note_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_note_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_note"),
    )
    op.create_index("ix_job_note_job_id", "job_note", ["job_id"], unique=False)
    op.create_table(
        "job_photo",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("media_type", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_photo_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_photo_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_photo"),
        sa.UniqueConstraint("job_id", "sha256", name="uq_job_photo_job_id_sha256"),
    )
    op.create_index("ix_job_photo_job_id", "job_photo", ["job_id"], unique=False)
    op.create_index("ix_job_photo_sha256", "job_photo", ["sha256"], unique=False)
    op.create_table(
        "job_serial",
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column(
            "method", sa.Enum("scan", "manual", name="capturemethod", native_enum=False, length=32), nullable=False
        ),
        sa.Column("order_item_id", sa.String(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_serial_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_serial_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_serial"),
        sa.UniqueConstraint("job_id", "serial", name="uq_job_serial_job_id_serial"),
    )
    op.create_index("ix_job_serial_job_id", "job_serial", ["job_id"], unique=False)
    op.create_table(
        "job_signature",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("signer_name", sa.String(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_signature_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_signature_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_job_signature"),
    )
    op.create_index("ix_job_signature_job_id", "job_signature", ["job_id"], unique=False)
    op.create_index("ix_job_signature_sha256", "job_signature", ["sha256"], unique=False)
    op.create_table(
        "part_consumption",
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_part_consumption_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_part_consumption_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_part_consumption"),
    )
    op.create_index("ix_part_consumption_job_id", "part_consumption", ["job_id"], unique=False)
    op.create_table(
        "follow_up_request",
        sa.Column("work", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_follow_up_request_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_follow_up_request_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_up_request"),
    )
    op.create_index("ix_follow_up_request_job_id", "follow_up_request", ["job_id"], unique=False)
    op.create_table(
        "job_recovery",
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=True),
        sa.Column(
            "method", sa.Enum("scan", "manual", name="capturemethod", native_enum=False, length=32), nullable=False
        ),
        sa.Column("replaced_by", sa.String(), nullable=True),
        sa.Column("is_verified", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_job_recovery_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_job_recovery_technician_id"),
        sa.UniqueConstraint("job_id", "serial", name="uq_job_recovery_job_id_serial"),
        sa.PrimaryKeyConstraint("id", name="pk_job_recovery"),
    )
    op.create_index("ix_job_recovery_job_id", "job_recovery", ["job_id"], unique=False)
    op.create_table(
        "lost_value",
        sa.Column(
            "field",
            sa.Enum(
                "premises.access_notes",
                "premises.hazards",
                "customer.phone",
                "customer.name",
                name="field",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("side", sa.Enum("site", "office", name="side", native_enum=False, length=32), nullable=False),
        sa.Column("restores_id", sa.Uuid(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_lost_value_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_lost_value_technician_id"),
        sa.ForeignKeyConstraint(["restores_id"], ["lost_value.id"], name="fk_lost_value_restores_id"),
        sa.UniqueConstraint("restores_id", name="uq_lost_value_restores_id"),
        sa.PrimaryKeyConstraint("id", name="pk_lost_value"),
    )
    op.create_index("ix_lost_value_job_id", "lost_value", ["job_id"], unique=False)
    op.create_table(
        "observation",
        sa.Column(
            "field",
            sa.Enum(
                "premises.access_notes",
                "premises.hazards",
                "customer.phone",
                "customer.name",
                name="field",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("value", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("was", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_observation_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_observation_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_observation"),
    )
    op.create_index("ix_observation_job_id", "observation", ["job_id"], unique=False)
    op.create_table(
        "safety_check_in",
        sa.Column("state", sa.Enum("ok", "help", name="safety", native_enum=False, length=32), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_safety_check_in_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_safety_check_in_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_safety_check_in"),
    )
    op.create_index("ix_safety_check_in_job_id", "safety_check_in", ["job_id"], unique=False)
    op.create_table(
        "proposal_move",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("job_version", sa.BigInteger(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("from_technician_id", sa.Uuid(), nullable=True),
        sa.Column("from_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("from_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_technician_id", sa.Uuid(), nullable=True),
        sa.Column("to_start", sa.DateTime(timezone=True), nullable=True),
        sa.Column("to_end", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cost_delta_seconds", sa.Double(), nullable=False),
        sa.Column("touches_promise", sa.Boolean(), nullable=False),
        sa.Column(
            "state",
            sa.Enum("proposed", "accepted", "refused", "undone", name="movestate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("refusal", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["from_technician_id"], ["technician.id"], name="fk_proposal_move_from_technician_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_proposal_move_job_id"),
        sa.ForeignKeyConstraint(["run_id"], ["optimisation_run.id"], name="fk_proposal_move_run_id"),
        sa.ForeignKeyConstraint(["to_technician_id"], ["technician.id"], name="fk_proposal_move_to_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_proposal_move"),
    )
    op.create_index("ix_proposal_move_run_id", "proposal_move", ["run_id"], unique=False)
    op.create_table(
        "review_card",
        sa.Column(
            "kind",
            sa.Enum(
                "conflict",
                "rejected_operation",
                "serial",
                "fallout",
                "stock",
                "safety",
                "follow_up",
                "quarantine",
                "lease",
                name="reviewkind",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("territory_id", sa.Uuid(), nullable=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("params", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "state", sa.Enum("open", "resolved", name="reviewstate", native_enum=False, length=32), nullable=False
        ),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("mutations", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "resolution",
            sa.Enum("apply", "dismiss", name="reviewcommand", native_enum=False, length=32),
            nullable=True,
        ),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_review_card_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_review_card_technician_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_review_card_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_review_card"),
    )
    op.create_index("ix_review_card_due_at", "review_card", ["due_at"], unique=False)
    op.create_index("ix_review_card_job_id", "review_card", ["job_id"], unique=False)
    op.create_index("ix_review_card_state", "review_card", ["state"], unique=False)
    op.create_index("ix_review_card_technician_id", "review_card", ["technician_id"], unique=False)
    op.create_index("ix_review_card_territory_id", "review_card", ["territory_id"], unique=False)
    op.create_table(
        "technician_time",
        sa.Column("technician_number", sa.BigInteger(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.Enum("hold", "job", name="timekind", native_enum=False, length=32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ck_technician_time_forward"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_technician_time_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_technician_time_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_technician_time"),
    )
    op.create_index("ix_technician_time_job_id", "technician_time", ["job_id"], unique=False)
    op.create_index("ix_technician_time_subject_id", "technician_time", ["subject_id"], unique=False)
    op.create_index(
        "ix_technician_time_technician_id_starts_at", "technician_time", ["technician_id", "starts_at"], unique=False
    )
    op.create_table(
        "time_entry",
        sa.Column(
            "activity",
            sa.Enum("travel", "work", "wait", "break", name="activity", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("billable", sa.Boolean(), nullable=True),
        sa.Column("cost_rate_minor", sa.BigInteger(), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_time_entry_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_time_entry_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_time_entry"),
    )
    op.create_index("ix_time_entry_job_id", "time_entry", ["job_id"], unique=False)
    op.create_table(
        "visit",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=False),
        sa.Column("en_route_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum(
                "pending",
                "enRoute",
                "started",
                "completed",
                "notDone",
                "suspended",
                "cancelled",
                name="jobstate",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("is_beside", sa.Boolean(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_visit_job_id"),
        sa.ForeignKeyConstraint(["technician_id"], ["technician.id"], name="fk_visit_technician_id"),
        sa.PrimaryKeyConstraint("id", name="pk_visit"),
    )
    op.create_index("ix_visit_job_id", "visit", ["job_id"], unique=False)
    op.create_index(
        "uq_visit_technician_id_started",
        "visit",
        ["technician_id"],
        unique=True,
        sqlite_where=sa.text("started_at IS NOT NULL AND ended_at IS NULL AND is_beside = 0"),
        postgresql_where=sa.text("started_at IS NOT NULL AND ended_at IS NULL AND NOT is_beside"),
    )
    op.create_table(
        "appointment",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_zone", sa.String(), nullable=False),
        sa.Column("window_local", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "initialized",
                "confirmed",
                "inProgress",
                "completed",
                "missed",
                "failed",
                "cancelled",
                name="appointmentstate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_appointment_hold_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_appointment_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appointment"),
        sa.UniqueConstraint("hold_id", name="uq_appointment_hold_id"),
    )
    op.create_index("ix_appointment_job_id", "appointment", ["job_id"], unique=False)
    op.create_index(
        "uq_appointment_job_id_live",
        "appointment",
        ["job_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('initialized', 'confirmed', 'inProgress')"),
        postgresql_where=sa.text("state IN ('initialized', 'confirmed', 'inProgress')"),
    )
    op.create_table(
        "promise_fact",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=False),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("detail", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_promise_fact"),
    )
    op.create_index("ix_promise_fact_subject_id", "promise_fact", ["subject_id"], unique=False)
    op.create_table(
        "promise",
        sa.Column(
            "state",
            sa.Enum(
                "offered",
                "confirmed",
                "lapsed",
                "moved",
                "withdrawn",
                "kept",
                "broken",
                name="promisestate",
                native_enum=False,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("territory_id", sa.Uuid(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("appointment_id", sa.Uuid(), nullable=True),
        sa.Column("window_start", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_end", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window_zone", sa.String(), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_seconds", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.Enum("operator", "customer", name="fault", native_enum=False, length=32), nullable=True),
        sa.Column(
            "cause",
            sa.Enum(
                "late",
                "no_show",
                "moved",
                "cancelled",
                "undone",
                "no_access",
                name="cause",
                native_enum=False,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("leased_by", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name="fk_promise_account_id"),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointment.id"], name="fk_promise_appointment_id"),
        sa.ForeignKeyConstraint(["hold_id"], ["hold.id"], name="fk_promise_hold_id"),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name="fk_promise_job_id"),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_promise_order_id"),
        sa.ForeignKeyConstraint(["territory_id"], ["territory.id"], name="fk_promise_territory_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promise"),
        sa.UniqueConstraint("hold_id", name="uq_promise_hold_id"),
    )
    op.create_index("ix_promise_due_at", "promise", ["due_at"], unique=False)
    op.create_index("ix_promise_job_id", "promise", ["job_id"], unique=False)
    op.create_index("ix_promise_order_id", "promise", ["order_id"], unique=False)
    op.create_index("ix_promise_window_start", "promise", ["window_start"], unique=False)
    op.create_table(
        "promise_credit",
        sa.Column("promise_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Enum("missed", "delay", name="creditkind", native_enum=False, length=32), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("policy_from", sa.String(), nullable=False),
        sa.Column("credited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["promise_id"], ["promise.id"], name="fk_promise_credit_promise_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promise_credit"),
        sa.UniqueConstraint("promise_id", "kind", name="uq_promise_credit_promise_id_kind"),
    )
    op.create_table(
        "earned_trigger",
        sa.Column("billing_trigger_id", sa.Uuid(), nullable=False),
        sa.Column("stream_id", sa.Uuid(), nullable=False),
        sa.Column(
            "obligation",
            sa.Enum("goods", "service", "labour", name="obligation", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column(
            "policy",
            sa.Enum("at_handover", "on_acceptance", "over_time", name="earnedpolicy", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("charge_line_id", sa.Uuid(), nullable=False),
        sa.Column("earned_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("earned_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("period", sa.Enum("once", "month", name="period", native_enum=False, length=32), nullable=False),
        sa.Column("evidence", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column(
            "state",
            sa.Enum("unearned", "earned", "reversed", "restated", name="earnedstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["billing_trigger_id"], ["billing_trigger.id"], name="fk_earned_trigger_billing_trigger_id"
        ),
        sa.ForeignKeyConstraint(["charge_line_id"], ["charge_line.id"], name="fk_earned_trigger_charge_line_id"),
        sa.ForeignKeyConstraint(["ended_by"], ["billing_trigger.id"], name="fk_earned_trigger_ended_by"),
        sa.ForeignKeyConstraint(["order_id"], ["product_order.id"], name="fk_earned_trigger_order_id"),
        sa.ForeignKeyConstraint(["stream_id"], ["billing_stream.id"], name="fk_earned_trigger_stream_id"),
        sa.PrimaryKeyConstraint("id", name="pk_earned_trigger"),
        sa.UniqueConstraint("billing_trigger_id", name="uq_earned_trigger_billing_trigger_id"),
    )
    op.create_index("ix_earned_trigger_order_id", "earned_trigger", ["order_id"], unique=False)
    op.create_index("ix_earned_trigger_state", "earned_trigger", ["state"], unique=False)
    op.create_index("ix_earned_trigger_stream_id", "earned_trigger", ["stream_id"], unique=False)
    for statement in exclusion.STATEMENTS[op.get_context().dialect.name]:
        op.execute(statement)
    epoch = sa.table("feed_epoch", sa.column("singleton", sa.BigInteger()), sa.column("epoch", sa.Uuid()))
    op.bulk_insert(epoch, [{"singleton": 1, "epoch": uuid4()}])


def downgrade() -> None:
    op.drop_table("promise_credit")
    op.drop_index("ix_promise_window_start", table_name="promise")
    op.drop_index("ix_promise_order_id", table_name="promise")
    op.drop_index("ix_promise_job_id", table_name="promise")
    op.drop_index("ix_promise_due_at", table_name="promise")
    op.drop_table("promise")
    op.drop_index("ix_promise_fact_subject_id", table_name="promise_fact")
    op.drop_table("promise_fact")
    op.drop_index("ix_earned_trigger_stream_id", table_name="earned_trigger")
    op.drop_index("ix_earned_trigger_state", table_name="earned_trigger")
    op.drop_index("ix_earned_trigger_order_id", table_name="earned_trigger")
    op.drop_table("earned_trigger")
    op.drop_index(
        "uq_appointment_job_id_live",
        table_name="appointment",
        sqlite_where=sa.text("state IN ('initialized', 'confirmed', 'inProgress')"),
        postgresql_where=sa.text("state IN ('initialized', 'confirmed', 'inProgress')"),
    )
    op.drop_index("ix_appointment_job_id", table_name="appointment")
    op.drop_table("appointment")
    op.drop_index(
        "uq_visit_technician_id_started",
        table_name="visit",
        sqlite_where=sa.text("started_at IS NOT NULL AND ended_at IS NULL AND is_beside = 0"),
        postgresql_where=sa.text("started_at IS NOT NULL AND ended_at IS NULL AND NOT is_beside"),
    )
    op.drop_index("ix_visit_job_id", table_name="visit")
    op.drop_table("visit")
    op.drop_index("ix_time_entry_job_id", table_name="time_entry")
    op.drop_table("time_entry")
    op.drop_index("ix_technician_time_technician_id_starts_at", table_name="technician_time")
    op.drop_index("ix_technician_time_subject_id", table_name="technician_time")
    op.drop_index("ix_technician_time_job_id", table_name="technician_time")
    op.drop_table("technician_time")
    op.drop_index("ix_review_card_territory_id", table_name="review_card")
    op.drop_index("ix_review_card_technician_id", table_name="review_card")
    op.drop_index("ix_review_card_state", table_name="review_card")
    op.drop_index("ix_review_card_job_id", table_name="review_card")
    op.drop_index("ix_review_card_due_at", table_name="review_card")
    op.drop_table("review_card")
    op.drop_index("ix_proposal_move_run_id", table_name="proposal_move")
    op.drop_table("proposal_move")
    op.drop_index("ix_safety_check_in_job_id", table_name="safety_check_in")
    op.drop_table("safety_check_in")
    op.drop_index("ix_observation_job_id", table_name="observation")
    op.drop_table("observation")
    op.drop_index("ix_lost_value_job_id", table_name="lost_value")
    op.drop_table("lost_value")
    op.drop_index("ix_job_recovery_job_id", table_name="job_recovery")
    op.drop_table("job_recovery")
    op.drop_index("ix_follow_up_request_job_id", table_name="follow_up_request")
    op.drop_table("follow_up_request")
    op.drop_index("ix_part_consumption_job_id", table_name="part_consumption")
    op.drop_table("part_consumption")
    op.drop_index("ix_job_signature_sha256", table_name="job_signature")
    op.drop_index("ix_job_signature_job_id", table_name="job_signature")
    op.drop_table("job_signature")
    op.drop_index("ix_job_serial_job_id", table_name="job_serial")
    op.drop_table("job_serial")
    op.drop_index("ix_job_photo_sha256", table_name="job_photo")
    op.drop_index("ix_job_photo_job_id", table_name="job_photo")
    op.drop_table("job_photo")
    op.drop_index("ix_job_note_job_id", table_name="job_note")
    op.drop_table("job_note")
    op.drop_index("ix_job_measurement_job_id", table_name="job_measurement")
    op.drop_table("job_measurement")
    op.drop_index("ix_job_answer_job_id", table_name="job_answer")
    op.drop_table("job_answer")
    op.drop_index(
        "uq_hold_job_id_held",
        table_name="hold",
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.drop_index("ix_hold_due_at", table_name="hold")
    op.drop_table("hold")
    op.drop_index("ix_hazard_acknowledgement_job_id", table_name="hazard_acknowledgement")
    op.drop_table("hazard_acknowledgement")
    op.drop_table("handover")
    op.drop_index("ix_consignment_order_id", table_name="consignment")
    op.drop_table("consignment")
    op.drop_table("order_milestone")
    op.drop_index(
        "uq_billing_trigger_place",
        table_name="billing_trigger",
        sqlite_where=sa.text("state <> 'superseded'"),
        postgresql_where=sa.text("state <> 'superseded'"),
    )
    op.drop_index("ix_billing_trigger_state", table_name="billing_trigger")
    op.drop_index("ix_billing_trigger_service_id", table_name="billing_trigger")
    op.drop_index("ix_billing_trigger_order_id", table_name="billing_trigger")
    op.drop_index(
        "ix_billing_trigger_due",
        table_name="billing_trigger",
        sqlite_where=sa.text("is_due"),
        postgresql_where=sa.text("is_due"),
    )
    op.drop_index("ix_billing_trigger_charge_line_id", table_name="billing_trigger")
    op.drop_table("billing_trigger")
    op.drop_index("ix_return_receipt_serial_unit_id", table_name="return_receipt")
    op.drop_index("ix_return_receipt_premises_id", table_name="return_receipt")
    op.drop_table("return_receipt")
    op.drop_index("ix_transfer_order_to_location_id", table_name="transfer_order")
    op.drop_index("ix_transfer_order_state", table_name="transfer_order")
    op.drop_table("transfer_order")
    op.drop_table("stock_level")
    op.drop_table("serial_import")
    op.drop_index("ix_stock_count_location_id", table_name="stock_count")
    op.drop_table("stock_count")
    op.drop_index("ix_export_release_to_location_id", table_name="export_release")
    op.drop_index("ix_export_release_model", table_name="export_release")
    op.drop_table("export_release")
    op.drop_index(
        "uq_stock_reservation_serial_unit_id_reserved",
        table_name="stock_reservation",
        sqlite_where=sa.text("state = 'reserved'"),
        postgresql_where=sa.text("state = 'reserved'"),
    )
    op.drop_index("ix_stock_reservation_serial_unit_id", table_name="stock_reservation")
    op.drop_index("ix_stock_reservation_order_id", table_name="stock_reservation")
    op.drop_index("ix_stock_reservation_location_id", table_name="stock_reservation")
    op.drop_index("ix_stock_reservation_due_at", table_name="stock_reservation")
    op.drop_table("stock_reservation")
    op.drop_index("ix_stock_move_to_location_id_model", table_name="stock_move")
    op.drop_index("ix_stock_move_serial_unit_id", table_name="stock_move")
    op.drop_index("ix_stock_move_from_location_id_model", table_name="stock_move")
    op.drop_table("stock_move")
    op.drop_index("ix_job_work_order_id", table_name="job")
    op.drop_index("ix_job_territory_id", table_name="job")
    op.drop_index("ix_job_technician_id", table_name="job")
    op.drop_index("ix_job_state", table_name="job")
    op.drop_index("ix_job_service_day", table_name="job")
    op.drop_index("ix_job_premises_id", table_name="job")
    op.drop_index("ix_job_organisation_id", table_name="job")
    op.drop_index("ix_job_order_id", table_name="job")
    op.drop_index("ix_job_follows_job_id", table_name="job")
    op.drop_index("ix_job_due_at", table_name="job")
    op.drop_index("ix_job_account_id", table_name="job")
    op.drop_table("job")
    op.drop_index("ix_charge_line_order_id", table_name="charge_line")
    op.drop_table("charge_line")
    op.drop_table("activation_step")
    op.drop_table("work_order")
    op.drop_index(
        "uq_sync_mutation_uid_first",
        table_name="sync_mutation",
        sqlite_where=sa.text("is_first = 1"),
        postgresql_where=sa.text("is_first"),
    )
    op.drop_index("ix_sync_mutation_document", table_name="sync_mutation")
    op.drop_table("sync_mutation")
    op.drop_index("ix_serial_unit_model_state_location_id", table_name="serial_unit")
    op.drop_index("ix_serial_unit_location_id", table_name="serial_unit")
    op.drop_table("serial_unit")
    op.drop_index(
        "uq_resource_assignment_resource_id_live",
        table_name="resource_assignment",
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.drop_index("ix_resource_assignment_service_id", table_name="resource_assignment")
    op.drop_table("resource_assignment")
    op.drop_index("ix_order_item_order_id", table_name="order_item")
    op.drop_table("order_item")
    op.drop_index("ix_device_token_device_id", table_name="device_token")
    op.drop_table("device_token")
    op.drop_index("ix_network_contact_service_id", table_name="network_contact")
    op.drop_table("network_contact")
    op.drop_index(
        "uq_activation_service_id_live",
        table_name="activation",
        sqlite_where=sa.text("state IN ('armed', 'running', 'retryWait', 'fallout', 'rollingBack')"),
        postgresql_where=sa.text("state IN ('armed', 'running', 'retryWait', 'fallout', 'rollingBack')"),
    )
    op.drop_index("ix_activation_state", table_name="activation")
    op.drop_index("ix_activation_service_id", table_name="activation")
    op.drop_index("ix_activation_order_id", table_name="activation")
    op.drop_index("ix_activation_job_id", table_name="activation")
    op.drop_index("ix_activation_due_at", table_name="activation")
    op.drop_table("activation")
    op.drop_table("user_session")
    op.drop_table("technician_skill")
    op.drop_table("sync_outbox")
    op.drop_index(
        "uq_stock_location_name_carrier",
        table_name="stock_location",
        sqlite_where=sa.text("kind = 'carrier'"),
        postgresql_where=sa.text("kind = 'carrier'"),
    )
    op.drop_index(
        "uq_stock_location_kind_nowhere",
        table_name="stock_location",
        sqlite_where=sa.text("kind IN ('transit', 'missing', 'scrapped')"),
        postgresql_where=sa.text("kind IN ('transit', 'missing', 'scrapped')"),
    )
    op.drop_index("ix_stock_location_kind", table_name="stock_location")
    op.drop_table("stock_location")
    op.drop_index("ix_shift_day", table_name="shift")
    op.drop_table("shift")
    op.drop_index("ix_service_state", table_name="service")
    op.drop_index("ix_service_premises_id", table_name="service")
    op.drop_index("ix_service_order_item_id", table_name="service")
    op.drop_index("ix_service_account_id", table_name="service")
    op.drop_table("service")
    op.drop_index("ix_number_porting_resource_id", table_name="number_porting")
    op.drop_table("number_porting")
    op.drop_index("ix_resource_reserved_for", table_name="resource")
    op.drop_index("ix_resource_pool_id_state", table_name="resource")
    op.drop_index("ix_resource_due_at", table_name="resource")
    op.drop_table("resource")
    op.drop_index("ix_product_order_territory_id", table_name="product_order")
    op.drop_index("ix_product_order_premises_id", table_name="product_order")
    op.drop_index("ix_product_order_due_at", table_name="product_order")
    op.drop_index("ix_product_order_account_id", table_name="product_order")
    op.drop_table("product_order")
    op.drop_table("enrolment_code")
    op.drop_table("device")
    op.drop_index("ix_technician_territory_id", table_name="technician")
    op.drop_index("ix_technician_organisation_id", table_name="technician")
    op.drop_table("technician")
    op.drop_index(
        "uq_service_break_kind_subject_id_unclosed",
        table_name="service_break",
        sqlite_where=sa.text("state <> 'closed'"),
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.drop_index("ix_service_break_state", table_name="service_break")
    op.drop_index("ix_service_break_subject_id", table_name="service_break")
    op.drop_index("ix_service_break_service_id", table_name="service_break")
    op.drop_table("service_break")
    op.drop_table("resource_pool")
    op.drop_index("ix_premises_territory_id", table_name="premises")
    op.drop_index("ix_premises_account_id", table_name="premises")
    op.drop_table("premises")
    op.drop_index("ix_optimisation_run_territory_id", table_name="optimisation_run")
    op.drop_index("ix_optimisation_run_due_at", table_name="optimisation_run")
    op.drop_table("optimisation_run")
    op.drop_table("offering_price")
    op.drop_table("blob_upload")
    op.drop_table("upload_part")
    op.drop_index("ix_upload_due_at", table_name="upload")
    op.drop_index("ix_upload_actor_id", table_name="upload")
    op.drop_table("upload")
    op.drop_table("app_user")
    op.drop_table("work_specification")
    op.drop_index("ix_work_order_fact_subject_id", table_name="work_order_fact")
    op.drop_table("work_order_fact")
    op.drop_table("territory")
    op.drop_index("ix_transfer_order_fact_subject_id", table_name="transfer_order_fact")
    op.drop_table("transfer_order_fact")
    op.drop_index("ix_stock_reservation_fact_subject_id", table_name="stock_reservation_fact")
    op.drop_table("stock_reservation_fact")
    op.drop_table("skill")
    op.drop_table("service_key")
    op.drop_index("ix_service_fact_subject_id", table_name="service_fact")
    op.drop_table("service_fact")
    op.drop_index("ix_service_break_fact_subject_id", table_name="service_break_fact")
    op.drop_table("service_break_fact")
    op.drop_index("ix_serial_unit_fact_subject_id", table_name="serial_unit_fact")
    op.drop_table("serial_unit_fact")
    op.drop_index("ix_review_card_fact_subject_id", table_name="review_card_fact")
    op.drop_table("review_card_fact")
    op.drop_index("ix_resource_fact_subject_id", table_name="resource_fact")
    op.drop_table("resource_fact")
    op.drop_index("ix_reconciliation_run_fact_subject_id", table_name="reconciliation_run_fact")
    op.drop_table("reconciliation_run_fact")
    op.drop_index("ix_reconciliation_run_due_at", table_name="reconciliation_run")
    op.drop_table("reconciliation_run")
    op.drop_index("ix_proposal_move_fact_subject_id", table_name="proposal_move_fact")
    op.drop_table("proposal_move_fact")
    op.drop_index("ix_product_order_fact_subject_id", table_name="product_order_fact")
    op.drop_table("product_order_fact")
    op.drop_table("product_offering")
    op.drop_index("ix_outbox_type", table_name="outbox")
    op.drop_index("ix_outbox_subject_id", table_name="outbox")
    op.drop_index("ix_outbox_due_at", table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("organisation")
    op.drop_table("order_number")
    op.drop_index("ix_order_item_fact_subject_id", table_name="order_item_fact")
    op.drop_table("order_item_fact")
    op.drop_index("ix_optimisation_run_fact_subject_id", table_name="optimisation_run_fact")
    op.drop_table("optimisation_run_fact")
    op.drop_index("ix_message_due_at", table_name="message")
    op.drop_table("message")
    op.drop_table("job_series")
    op.drop_index("ix_job_fact_subject_id", table_name="job_fact")
    op.drop_table("job_fact")
    op.drop_table("inbox")
    op.drop_index("ix_hold_fact_subject_id", table_name="hold_fact")
    op.drop_table("hold_fact")
    op.drop_table("feed_scope")
    op.drop_table("feed_epoch")
    op.drop_index("ix_feed_entry_scope_seq", table_name="feed_entry")
    op.drop_index(
        "ix_feed_entry_removed_at",
        table_name="feed_entry",
        sqlite_where=sa.text("removed_at IS NOT NULL"),
        postgresql_where=sa.text("removed_at IS NOT NULL"),
    )
    op.drop_index("ix_feed_entry_kind_id", table_name="feed_entry")
    op.drop_table("feed_entry")
    op.drop_index(
        "ix_feed_body_missing",
        table_name="feed_body",
        sqlite_where=sa.text("body IS NULL"),
        postgresql_where=sa.text("body IS NULL"),
    )
    op.drop_table("feed_body")
    op.drop_index("ix_chore_due_at", table_name="chore")
    op.drop_table("chore")
    op.drop_index("ix_failed_attempts_until", table_name="failed_attempts")
    op.drop_table("failed_attempts")
    op.drop_index("ix_earned_trigger_fact_subject_id", table_name="earned_trigger_fact")
    op.drop_table("earned_trigger_fact")
    op.drop_table("cpe_model")
    op.drop_index("ix_consignment_fact_subject_id", table_name="consignment_fact")
    op.drop_table("consignment_fact")
    op.drop_index("ix_charge_line_fact_subject_id", table_name="charge_line_fact")
    op.drop_table("charge_line_fact")
    op.drop_table("blob")
    op.drop_index("ix_billing_trigger_fact_subject_id", table_name="billing_trigger_fact")
    op.drop_table("billing_trigger_fact")
    op.drop_index("ix_billing_stream_due_at", table_name="billing_stream")
    op.drop_table("billing_stream")
    op.drop_index("ix_billing_key_sealed_by", table_name="billing_key")
    op.drop_table("billing_key")
    op.drop_table("billing_feed")
    op.drop_table("audit")
    op.drop_index("ix_assignment_fact_subject_id", table_name="assignment_fact")
    op.drop_table("assignment_fact")
    op.drop_index("ix_appointment_fact_subject_id", table_name="appointment_fact")
    op.drop_table("appointment_fact")
    op.drop_table("answered_request")
    op.drop_index("ix_activation_fact_subject_id", table_name="activation_fact")
    op.drop_table("activation_fact")
    op.drop_table("account")
    op.drop_index("ix_access_link_appointment_id", table_name="access_link")
    op.drop_table("access_link")
