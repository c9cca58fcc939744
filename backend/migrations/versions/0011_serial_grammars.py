"""The grammars of the models that are there already, in the feed of every phone.

With their body: the code before this one knows no such document and could not render it.
"""

import json
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SCOPE = "models"
DOCUMENT = {"id": UUID(int=0), "kind": "serial_grammars", "version": 1}

MODEL = sa.table(
    "cpe_model",
    *(sa.column(name, sa.String()) for name in ("code", "serial_pattern", "check_digit")),
    sa.column("is_serialised", sa.Boolean()),
)
SCOPES = sa.table(
    "feed_scope",
    sa.column("scope", sa.String()),
    *(sa.column(name, sa.BigInteger()) for name in ("seq", "floor", "mismatches")),
)
ENTRY = sa.table(
    "feed_entry",
    *(sa.column(name, sa.String()) for name in ("scope", "kind", "op")),
    sa.column("id", sa.Uuid()),
    *(sa.column(name, sa.BigInteger()) for name in ("seq", "version")),
)
BODY = sa.table(
    "feed_body",
    sa.column("id", sa.Uuid()),
    sa.column("kind", sa.String()),
    sa.column("version", sa.BigInteger()),
    sa.column("body", sa.LargeBinary()),
)


def upgrade() -> None:
    if not op.get_context().as_sql:  # what is only read has no rows to take over
        _tell_of_models()


def downgrade() -> None:
    op.execute(sa.delete(BODY).where(BODY.c.kind == DOCUMENT["kind"]))
    op.execute(sa.delete(ENTRY).where(ENTRY.c.scope == SCOPE))
    op.execute(sa.delete(SCOPES).where(SCOPES.c.scope == SCOPE))


def _tell_of_models() -> None:
    connection = op.get_bind()
    columns = (MODEL.c.code, MODEL.c.serial_pattern, MODEL.c.check_digit)
    models = connection.execute(sa.select(*columns).where(MODEL.c.is_serialised).order_by(MODEL.c.code)).all()
    if not models:
        return
    connection.execute(sa.insert(SCOPES).values(scope=SCOPE, seq=1, floor=0, mismatches=0))
    connection.execute(sa.insert(ENTRY).values(**DOCUMENT, scope=SCOPE, op="put", seq=1))
    body = json.dumps({"grammars": [_grammar(*model) for model in models]}).encode()
    connection.execute(sa.insert(BODY).values(**DOCUMENT, body=body))


def _grammar(code: str, pattern: str, check_digit: str) -> dict[str, str | None]:
    return {"model": code, "pattern": pattern, "check": None if check_digit == "none" else check_digit}
