"""From measures to figures: the names are followed, hence fixed."""

from msgspec.structs import replace

from backend.bench.sync.comparison import Found, figures
from backend.bench.sync.measures import Measures

OURS = Measures(
    first_pull_docs_s=9000,
    delta_p50_ms=6,
    delta_after_foreign_p50_ms=6.6,
    push_mutations_s=2000,
    push_p99_ms=120,
    upload_bytes=200,
    storm_s=2,
    storm_failed=0,
)
FOUND = Found(
    ours=OURS,
    sqlite=replace(OURS, first_pull_docs_s=18_000, push_mutations_s=3000),
    kinto=replace(OURS, first_pull_docs_s=900, delta_p50_ms=60, push_mutations_s=200),
    pouchdb=replace(OURS, first_pull_docs_s=3000, delta_p50_ms=12, push_mutations_s=4000, upload_bytes=2000, storm_s=4),
    floor_docs_s=12_000,
    empty_pull_bytes=240,
    document_bytes=1500,
)
RATIOS = {
    "first_pull_vs_floor": 0.75,
    "first_pull_vs_kinto": 10,
    "first_pull_vs_pouchdb": 3,
    "delta_p50_vs_kinto": 0.1,
    "delta_p50_vs_pouchdb": 0.5,
    "delta_after_5000_foreign": 1.1,
    "empty_pull_bytes": 240,
    "push_vs_kinto": 10,
    "push_vs_pouchdb": 0.5,
    "push_p99_ms": 120,
    "upload_bytes_vs_pouchdb": 0.1,
    "storm_s_vs_pouchdb": 0.5,
    "storm_failed": 0,
    "sqlite_vs_postgres_pull": 2,
    "sqlite_vs_postgres_push": 1.5,
}


def test_ratios_come_first_under_their_fixed_names() -> None:
    found = figures(FOUND)[: len(RATIOS)]

    assert {figure.name: round(figure.value, 3) for figure in found} == RATIOS


def test_every_ratio_has_its_bound_and_keeps_it_here() -> None:
    found = figures(FOUND)[: len(RATIOS)]

    assert [figure.name for figure in found if figure.must is None or not figure.holds] == []


def test_no_name_is_given_twice() -> None:
    names = [figure.name for figure in figures(FOUND)]

    assert len(names) == len(set(names))
