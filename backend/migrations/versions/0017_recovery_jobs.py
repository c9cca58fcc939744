"""Jobs that bring equipment back: which units, and of which ended order. The code before this one writes neither."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    op.add_column("job", sa.Column("to_recover", JSON, nullable=False, server_default="[]"))
    with op.batch_alter_table("work_order") as table:
        table.add_column(sa.Column("recovers_order_id", sa.Uuid(), nullable=True))
        table.create_foreign_key(
            "fk_work_order_recovers_order_id_product_order", "product_order", ["recovers_order_id"], ["id"]
        )


def downgrade() -> None:
    with op.batch_alter_table("work_order") as table:
        table.drop_constraint("fk_work_order_recovers_order_id_product_order", type_="foreignkey")
        table.drop_column("recovers_order_id")
    op.drop_column("job", "to_recover")
