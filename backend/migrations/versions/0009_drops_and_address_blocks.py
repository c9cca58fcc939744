"""What premises are connected to, and blocks of addresses that the database itself keeps apart."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from backend.catalogue.schemas import PoolKind
from backend.kernel.ids import uuid7
from backend.resources import exclusion

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
POOL = sa.table("resource_pool", sa.column("id", sa.Uuid()), sa.column("kind", sa.String()), sa.column("blocks", JSON))
BLOCK = sa.table(
    "address_block",
    sa.column("id", sa.Uuid()),
    sa.column("pool_id", sa.Uuid()),
    *(sa.column(name, sa.String()) for name in ("block", "first_address", "last_address")),
)


def upgrade() -> None:
    op.create_table(
        "address_block",
        sa.Column("pool_id", sa.Uuid(), nullable=False),
        sa.Column("block", sa.String(), nullable=False),
        sa.Column("first_address", sa.String(), nullable=False),
        sa.Column("last_address", sa.String(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["pool_id"], ["resource_pool.id"], name=op.f("fk_address_block_pool_id_resource_pool")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address_block")),
    )
    op.create_index(op.f("ix_address_block_first_address"), "address_block", ["first_address"])
    for statement in exclusion.STATEMENTS[op.get_context().dialect.name]:
        op.execute(statement)
    op.create_table(
        "distribution_point",
        sa.Column("code", sa.String(), nullable=False),
        sa.Column(
            "kind", sa.Enum("splitter", "tap", name="distributionkind", native_enum=False, length=32), nullable=False
        ),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("card", sa.BigInteger(), nullable=False),
        sa.Column("port", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_distribution_point")),
        sa.UniqueConstraint("code", name=op.f("uq_distribution_point_code")),
    )
    op.create_table(
        "premises_drop",
        sa.Column("premises_id", sa.Uuid(), nullable=False),
        sa.Column("distribution_point_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["distribution_point_id"],
            ["distribution_point.id"],
            name=op.f("fk_premises_drop_distribution_point_id_distribution_point"),
        ),
        sa.ForeignKeyConstraint(["premises_id"], ["premises.id"], name=op.f("fk_premises_drop_premises_id_premises")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_premises_drop")),
        sa.UniqueConstraint("premises_id", name=op.f("uq_premises_drop_premises_id")),
    )
    op.create_index(op.f("ix_premises_drop_distribution_point_id"), "premises_drop", ["distribution_point_id"])
    if not op.get_context().as_sql:  # what is only read has no rows to take over
        _take_over_blocks()


def downgrade() -> None:
    op.drop_table("premises_drop")
    op.drop_table("distribution_point")
    op.drop_table("address_block")
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP TYPE address_span")


def _take_over_blocks() -> None:
    """Two pools that share addresses end it here: one of them has to give its block up first."""
    connection = op.get_bind()
    for pool_id, kind, blocks in connection.execute(sa.select(POOL.c.id, POOL.c.kind, POOL.c.blocks)).all():
        for block in blocks or []:
            addresses = exclusion.span(PoolKind(kind), block)
            if addresses is not None:
                first, last = addresses
                row = {"id": uuid7(datetime.now(UTC)), "pool_id": pool_id, "block": block}
                connection.execute(sa.insert(BLOCK).values(**row, first_address=first, last_address=last))
