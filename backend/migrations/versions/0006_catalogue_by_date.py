"""Offerings by date, drafts of the catalogue, and the parts that a kind of work takes.

The code before this one goes on serving meanwhile: it writes neither `published_until` nor `parts`.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("product_offering") as table:
        table.add_column(sa.Column("published_until", sa.DateTime(timezone=True), nullable=True))
        table.drop_constraint("uq_product_offering_code", type_="unique")
        table.create_unique_constraint("uq_product_offering_code_published_from", ["code", "published_from"])
    op.add_column("work_specification", sa.Column("parts", JSON, nullable=False, server_default="[]"))
    op.create_table(
        "catalogue_draft",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("catalogue", JSON, nullable=False),
        sa.Column(
            "state",
            sa.Enum("open", "published", "discarded", name="draftstate", native_enum=False, length=32),
            nullable=False,
        ),
        sa.Column("effective_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_draft"),
    )
    op.create_table(
        "catalogue_draft_fact",
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
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_draft_fact"),
    )
    op.create_index("ix_catalogue_draft_fact_subject_id", "catalogue_draft_fact", ["subject_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_catalogue_draft_fact_subject_id", table_name="catalogue_draft_fact")
    op.drop_table("catalogue_draft_fact")
    op.drop_table("catalogue_draft")
    op.drop_column("work_specification", "parts")
    with op.batch_alter_table("product_offering") as table:
        table.drop_constraint("uq_product_offering_code_published_from", type_="unique")
        table.create_unique_constraint("uq_product_offering_code", ["code"])
        table.drop_column("published_until")
