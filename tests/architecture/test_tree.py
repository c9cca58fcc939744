"""What the contracts cannot say: whose tables are whose, what a package's first file holds, how long a file is."""

import ast
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

from tests.architecture.house import PACKAGES, ROOT
from tests.architecture.repository import tracked

MAX_LINES = 400  # past that a file usually has a second idea in it
# Reading, migrating and filling the database as a whole is what these are for.
READS_EVERY_TABLE = {"bench", "demo", "migrations", "reporting", "tracking", "worker"}
RE_EXPORTS = {"scheduling/__init__.py", "scheduling/search/__init__.py", "sync/__init__.py"}


def foreign_readers(graph: grimp.ImportGraph) -> Iterator[str]:
    """The imports of a slice's `models` from outside that slice, as 'importer -> imported'."""
    for models in graph.find_matching_modules("backend.*.models"):
        own = models.split(".")[1]
        for importer in graph.find_modules_that_directly_import(models):
            floor = importer.split(".")[1]
            if floor != own and floor not in READS_EVERY_TABLE:
                yield f"{importer} -> {models}"


def beyond_docstring(path: Path) -> list[str]:
    """The statements of a package's first file that it should not hold."""
    statements = ast.parse(path.read_text()).body
    if path.relative_to(ROOT).as_posix() in RE_EXPORTS:
        statements = [each for each in statements if not is_re_export(each)]
    return [ast.unparse(each) for each in statements if not is_docstring(each)]


def is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def is_re_export(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    names = [target.id for target in targets if isinstance(target, ast.Name)]
    return isinstance(statement, ast.ImportFrom) or names == ["__all__"]


def test_the_tables_of_a_slice_are_its_own() -> None:
    graph = grimp.build_graph("backend", cache_dir=None)

    assert sorted(foreign_readers(graph)) == []


def test_a_slice_that_reads_the_tables_of_another_is_caught() -> None:
    graph = grimp.ImportGraph()
    for importer in ("backend.billing.service", "backend.reporting.queries", "backend.jobs.service"):
        graph.add_import(importer=importer, imported="backend.jobs.models")

    assert list(foreign_readers(graph)) == ["backend.billing.service -> backend.jobs.models"]


@pytest.mark.parametrize("package", PACKAGES)
def test_the_first_file_of_a_package_holds_only_its_docstring(package: str) -> None:
    files = [path for path in tracked("*__init__.py") if path.is_relative_to(ROOT / package)]

    assert {str(path): beyond_docstring(path) for path in files if beyond_docstring(path)} == {}


def test_no_file_is_so_long_that_it_hides_a_second_idea() -> None:
    lengths = {path: len(path.read_text().splitlines()) for path in tracked("*.py", "*.ts", "*.svelte")}

    assert {str(path): lines for path, lines in lengths.items() if lines > MAX_LINES and not is_generated(path)} == {}


def is_generated(path: Path) -> bool:
    """Migrations are a record, and generated types are nobody's to read."""
    return "migrations" in path.parts or "auto-generated" in path.read_text()[:200]
