"""The visits of a shift are found by an index."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_visit_technician_id_en_route_at", "visit", ["technician_id", "en_route_at"])


def downgrade() -> None:
    op.drop_index("ix_visit_technician_id_en_route_at", table_name="visit")
