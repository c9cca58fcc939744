"""Routes that exist only to see what the edge makes of them."""

from typing import Annotated, Any

import msgspec
from litestar import get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.identity.models import FailedAttempts, Organisation
from backend.kernel.db import Transaction
from backend.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Unavailable
from backend.kernel.repeats import Once


class Tree(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    count: int
    name: Annotated[str, msgspec.Meta(max_length=20)] = ""
    branches: list[Any] = []


class Taken(Conflict):
    """Somebody else has it. params: by."""

    code = "taken"


class Resting(Unavailable):
    code = "resting"


TROUBLES: dict[str, Exception] = {
    "taken": Taken(by="canary"),
    "resting": Resting(),
    "missing": NotFound(),
    "forbidden": Forbidden(),
    "invalid": Invalid(),
    "pool": PoolTimeout("no connection"),
    "locked": OperationalError("SELECT canary", {}, Exception("database is locked")),
    "away": OperationalError("SELECT canary", {}, Exception("connection failed: canary")),
    "mistake": ValueError("canary"),
    "deep": RecursionError("canary"),
}


@post("/api/v1/try/trees", status_code=201)
async def plant(data: JSONBody[Tree]) -> Tree:
    return data


@get("/api/v1/try/numbers")
async def number(count: FromQuery[int]) -> int:
    return count


@post("/api/v1/try/numbers", status_code=201)
async def store(tx: NamedDependency[Transaction], data: JSONBody[Tree]) -> int:
    tx.add(FailedAttempts(subject=data.name, failures=data.count, until=tx.now))
    return data.count


@post("/api/v1/try/broken-statement", status_code=201)
async def fail_with_a_value(tx: NamedDependency[Transaction], data: JSONBody[Tree]) -> None:
    await tx.session.execute(text("SELECT :name FROM no_such_table"), {"name": data.name})


@get("/api/v1/try/troubles/{name:str}")
async def trouble(name: FromPath[str]) -> None:
    raise TROUBLES[name]


@post("/api/v1/try/hook", status_code=201)
async def refused_by_a_hook(tx: NamedDependency[Transaction]) -> str:
    tx.add(Organisation(id=tx.new_id(), name="canary", is_contractor=False))
    return "done"


@post("/api/v1/try/flush", status_code=201)
async def refused_by_the_last_flush(tx: NamedDependency[Transaction]) -> str:
    same = tx.new_id()
    tx.session.autoflush = False
    tx.add(Organisation(id=same, name="one", is_contractor=False))
    await tx.flush()
    tx.session.expunge_all()
    tx.add(Organisation(id=same, name="two", is_contractor=False))
    return "done"


@post("/api/v1/try/commit", status_code=201)
async def refused_by_the_commit(tx: NamedDependency[Transaction]) -> str:
    if tx.session.get_bind().dialect.name == "sqlite":
        await tx.session.execute(text("PRAGMA defer_foreign_keys=ON"))
    await tx.session.execute(text("INSERT INTO late_child (parent_id) VALUES (7)"))
    return "done"


@put("/api/v1/try/organisation", status_code=201)
async def organise(tx: NamedDependency[Transaction], once: NamedDependency[Once]) -> str:
    async def add() -> str:
        organisation = Organisation(id=tx.new_id(), name="Northbank", is_contractor=False)
        tx.add(organisation)
        return str(organisation.id)

    return await once(str, add)


@get("/api/v1/try/long")
async def long_answer() -> str:
    return "x" * 5000


TRIALS = [
    plant,
    number,
    store,
    fail_with_a_value,
    trouble,
    refused_by_a_hook,
    refused_by_the_last_flush,
    refused_by_the_commit,
    organise,
    long_answer,
]
