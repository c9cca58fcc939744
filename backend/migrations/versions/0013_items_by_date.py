"""When each order item was ordered, for those that came into their order later.

The code before this one goes on serving meanwhile: what it writes has no such time, as what came with its order.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# An amendment and the submission of what it added are recorded in one transaction, hence at one time.
ADDED = """
UPDATE order_item SET ordered_at = (
  SELECT min(submitted.recorded_at)
  FROM order_item_fact AS submitted
  JOIN product_order_fact AS amended
    ON amended.subject_id = order_item.order_id AND amended.command = 'amend'
    AND amended.recorded_at = submitted.recorded_at
  WHERE submitted.subject_id = order_item.id AND submitted.command = 'submit'
)
WHERE order_id IN (SELECT subject_id FROM product_order_fact WHERE command = 'amend')
"""


def upgrade() -> None:
    op.add_column("order_item", sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(ADDED)


def downgrade() -> None:
    op.drop_column("order_item", "ordered_at")
