"""From what each contestant took to the figures that are followed: ratios with their bounds, then the absolute values."""

import msgspec

from backend.bench.figures import Figure
from backend.bench.sync.measures import Measures


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run measured. ours: on PostgreSQL; document_bytes: mean of a document as all servers had it."""

    ours: Measures
    sqlite: Measures
    kinto: Measures
    pouchdb: Measures
    floor_docs_s: float
    empty_pull_bytes: int
    document_bytes: float


def figures(found: Found) -> list[Figure]:
    """Ratios are ours divided by theirs."""
    return [*_pulls(found), *_pushes(found), *_storm(found), *_databases(found), *_absolutes(found)]


def _pulls(found: Found) -> list[Figure]:
    us, kinto, pouchdb = found.ours, found.kinto, found.pouchdb
    kept = us.delta_after_foreign_p50_ms / us.delta_p50_ms
    return [
        _higher("first_pull_vs_floor", us.first_pull_docs_s / found.floor_docs_s, 0.5, "documents a second"),
        _higher("first_pull_vs_kinto", us.first_pull_docs_s / kinto.first_pull_docs_s, 5, "documents a second"),
        _higher("first_pull_vs_pouchdb", us.first_pull_docs_s / pouchdb.first_pull_docs_s, 1.8, "documents a second"),
        _lower("delta_p50_vs_kinto", us.delta_p50_ms / kinto.delta_p50_ms, 0.2, "a pull after 5 changes"),
        _lower("delta_p50_vs_pouchdb", us.delta_p50_ms / pouchdb.delta_p50_ms, 0.6, "a pull after 5 changes"),
        Figure(
            name="delta_after_5000_foreign",
            value=kept,
            unit="after/before",
            must=1.2,
            detail="the same pull, after many changes at other phones' jobs",
        ),
        Figure(
            name="empty_pull_bytes", value=found.empty_pull_bytes, unit="bytes", must=250, detail="body of the answer"
        ),
    ]


def _pushes(found: Found) -> list[Figure]:
    us, kinto, pouchdb = found.ours, found.kinto, found.pouchdb
    return [
        _higher("push_vs_kinto", us.push_mutations_s / kinto.push_mutations_s, 5, "operations a second, 10 a push"),
        _higher("push_vs_pouchdb", us.push_mutations_s / pouchdb.push_mutations_s, 0.3, "which does not sync to disk"),
        Figure(
            name="push_p99_ms", value=us.push_p99_ms, unit="ms", must=150, detail="10 operations, 16 phones at once"
        ),
        _lower(
            "upload_bytes_vs_pouchdb", us.upload_bytes / pouchdb.upload_bytes, 0.15, "of an operation, with headers"
        ),
    ]


def _storm(found: Found) -> list[Figure]:
    failed = found.ours.storm_failed
    return [
        _lower("storm_s_vs_pouchdb", found.ours.storm_s / found.pouchdb.storm_s, 1.0, "every phone at once"),
        Figure(
            name="storm_failed", value=failed, unit="phones", must=0, detail="without an answer or with a wrong one"
        ),
    ]


def _databases(found: Found) -> list[Figure]:
    pull = found.sqlite.first_pull_docs_s / found.ours.first_pull_docs_s
    push = found.sqlite.push_mutations_s / found.ours.push_mutations_s
    return [
        _higher("sqlite_vs_postgres_pull", pull, 1.0, "SQLite by one process, PostgreSQL by two"),
        _higher("sqlite_vs_postgres_push", push, 1.0, "SQLite by one process, PostgreSQL by two"),
    ]


def _absolutes(found: Found) -> list[Figure]:
    contestants = {"": found.ours, "_sqlite": found.sqlite, "_kinto": found.kinto, "_pouchdb": found.pouchdb}
    taken = [figure for suffix, measures in contestants.items() for figure in _of(suffix, measures)]
    return [
        *taken,
        Figure(name="first_pull_docs_s_floor", value=found.floor_docs_s, unit="1/s", better="higher"),
        Figure(name="document_bytes", value=found.document_bytes, unit="bytes", detail="mean"),
    ]


def _of(suffix: str, measures: Measures) -> list[Figure]:
    """Rates are better high, everything else low."""
    return [
        Figure(
            name=f"{name}{suffix}",
            value=value,
            unit=_unit(name),
            better="higher" if name in ("first_pull_docs_s", "push_mutations_s") else "lower",
        )
        for name, value in msgspec.structs.asdict(measures).items()
        if not (suffix == "" and name in ("push_p99_ms", "storm_failed"))  # named above, with their bounds
    ]


def _unit(name: str) -> str:
    if name.endswith(("docs_s", "mutations_s")):
        return "1/s"
    return name.rpartition("_")[2]


def _higher(name: str, value: float, must: float, detail: str) -> Figure:
    return Figure(name=name, value=value, unit="ours/theirs", better="higher", must=must, detail=detail)


def _lower(name: str, value: float, must: float, detail: str) -> Figure:
    return Figure(name=name, value=value, unit="ours/theirs", must=must, detail=detail)
