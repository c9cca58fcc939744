"""The import contracts hold, and each catches what it is there for."""

from pathlib import Path

import pytest

from tests.architecture.house import ROOT, broken_contracts, build, lint_imports

LIBRARIES = "The backend knows the libraries and the clients; these know neither each other nor the backend"
FLOORS = "Floors of the backend: calls go down, events come up"
SLICE = "Inside a slice: routes and tasks, service, reads and bridges, tables and wire structs, lifecycle"
PURE = "Rules stay pure: no framework, no database, no clock"
ROUTES = "Routes speak HTTP and leave the database to their service"
FRAMEWORK = "Only the app, its HTTP parts and routes know the web framework"
ROOTS = "Only the composition roots see routes and adapters"
ADAPTERS = "Adapters know ports, not slices"
DOORS = "One door for each heavy library"

# The contract that must catch it, the module that imports, and what it imports.
PLANTED = [
    (LIBRARIES, "scheduling.costs", "backend.ports"),
    (LIBRARIES, "sync.merge", "scheduling.costs"),
    (LIBRARIES, "clients.billing.ledger", "sync.merge"),
    (FLOORS, "backend.jobs.service", "backend.billing.service"),
    (FLOORS, "backend.kernel.db", "backend.settings"),
    (SLICE, "backend.jobs.models", "backend.jobs.queries"),
    (PURE, "backend.jobs.lifecycle", "sqlalchemy"),
    (PURE, "scheduling.master", "litestar"),
    (ROUTES, "backend.jobs.routes", "sqlalchemy"),
    (FRAMEWORK, "backend.jobs.queries", "litestar"),
    (FRAMEWORK, "backend.ports", "litestar"),
    (FRAMEWORK, "backend.worker", "litestar"),
    (ROOTS, "backend.demo.seed", "backend.jobs.routes"),
    (ROOTS, "backend.billing.service", "backend.adapters.roads"),
    (ADAPTERS, "backend.adapters.roads", "backend.jobs.queries"),
    (DOORS, "scheduling.costs", "ortools"),
    (DOORS, "scheduling.search.routes", "numba"),
    (DOORS, "backend.app", "apscheduler"),
]
ALLOWED = [
    ("backend.app", "backend.jobs.routes"),
    ("backend.app", "litestar"),
    ("backend.adapters.roads", "backend.ports"),
    ("backend.billing.service", "backend.jobs.service"),
    ("backend.billing.service", "scheduling.costs"),
    ("backend.jobs.routes", "litestar"),
    ("backend.jobs.service", "backend.jobs.models"),
    ("backend.jobs.models", "sqlalchemy"),
    ("backend.worker", "apscheduler"),
    ("backend.worker", "backend.adapters.roads"),
    ("clients.device.client", "sync.merge"),
    ("scheduling.master.choose", "ortools"),
    ("scheduling.search.compiled", "numba"),
]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is reported of a house that holds every planted import at once: one run instead of eighteen."""
    folder = tmp_path_factory.mktemp("planted")
    build(folder, [(importer, imported) for _, importer, imported in PLANTED])
    (folder / "backend/newcomer").mkdir()
    (folder / "backend/newcomer/__init__.py").touch()
    return broken_contracts(lint_imports(folder).stdout)


def test_the_contracts_hold() -> None:
    checked = lint_imports(ROOT)

    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_house_with_only_allowed_imports_keeps_every_contract(tmp_path: Path) -> None:
    build(tmp_path, ALLOWED)

    checked = lint_imports(tmp_path)

    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(("contract", "importer", "imported"), PLANTED)
def test_a_planted_import_is_caught(broken: dict[str, str], contract: str, importer: str, imported: str) -> None:
    assert f"{importer} -> {imported} " in broken[contract]


def test_a_new_folder_of_the_backend_needs_a_floor(broken: dict[str, str]) -> None:
    assert "- backend.newcomer\n" in broken[FLOORS]
