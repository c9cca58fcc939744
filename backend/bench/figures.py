"""Figures of a benchmark: what was measured, on what, and how it is printed and kept."""

import json
import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parent.parent.parent
NAMED = ("litestar", "sqlalchemy", "msgspec", "granian", "ortools")


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. must: the bound that it should keep, None where none is set; detail: how it was taken."""

    name: str
    value: float
    unit: str
    better: Literal["lower", "higher"] = "lower"
    must: float | None = None
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the bound is kept; true without one."""
        if self.must is None:
            return True
        return self.value <= self.must if self.better == "lower" else self.value >= self.must


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A benchmark's outcome, as its JSON file holds it."""

    name: str
    commit: str
    machine: str
    versions: dict[str, str]
    figures: list[Figure]


def report(name: str, figures: Sequence[Figure]) -> Report:
    """The figures with the circumstances under which they were taken."""
    return Report(
        name=name,
        commit=_commit(),
        machine=f"{platform.machine()}, {_processors()} processors, {platform.system()} {platform.release()}",
        versions={"python": platform.python_version()} | {package: version(package) for package in NAMED},
        figures=list(figures),
    )


def show(found: Report, console: Console, json_file: Path | None) -> None:
    """A table for people, and the file for programs."""
    table = Table(title=f"bench {found.name} · {found.commit} · {found.machine}", title_justify="left")
    for column in ("figure", "value", "unit", "must", "how"):
        table.add_column(column)
    for figure in found.figures:
        mark = "" if figure.must is None else f"{'≤' if figure.better == 'lower' else '≥'} {figure.must:g}"
        style = None if figure.holds else "red"
        table.add_row(figure.name, f"{figure.value:.3g}", figure.unit, mark, figure.detail, style=style)
    console.print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(msgspec.to_builtins(found), indent=2) + "\n", encoding="utf-8")


def median_of(
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    must: float,
    detail: str,
    better: Literal["lower", "higher"] = "lower",
) -> Figure:
    """The median of repeated measurements, at least one."""
    return Figure(
        name=name,
        value=percentile(values, 0.5),
        unit=unit,
        better=better,
        must=must,
        detail=f"{detail}; median of {len(values)}",
    )


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile. share: 0 to 1; values: at least one."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def _commit() -> str:
    try:
        asked = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "no checkout"
    return asked.stdout.decode().strip()


def _processors() -> int:
    return len(os.sched_getaffinity(0))
