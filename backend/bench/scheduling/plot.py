"""The contest as a picture: for each kind of day the cost of every engine, seed by seed."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure as Picture
from matplotlib.ticker import MaxNLocator

from backend.bench.scheduling.contest import Outcome

COLOURS = ("#00504d", "#b04a00", "#5b4b9a", "#777777")
mpl.rcParams["svg.hashsalt"] = "truckroll"  # the same figures, the same file


def draw(outcomes: Sequence[Outcome], file: Path) -> None:
    """Write a PNG or SVG, by the file's ending. Raises ValueError for another one."""
    groups = list(dict.fromkeys(one.group for one in outcomes))
    picture = Picture(figsize=(4.5 * max(1, len(groups)), 4), layout="constrained")
    for index, group in enumerate(groups):
        axes = picture.add_subplot(1, len(groups), index + 1)
        axes.set_title(group)
        axes.set_xlabel("seed")
        axes.set_ylabel("cost (1,000 s of driving); lower is better")
        for number, engine in enumerate(dict.fromkeys(one.engine for one in outcomes)):
            points = sorted((o.seed, o.verdict.cost / 1000) for o in outcomes if (o.group, o.engine) == (group, engine))
            if points:
                seeds, costs = zip(*points, strict=True)
                axes.plot(seeds, costs, marker="o", color=COLOURS[number % len(COLOURS)], label=engine)
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    picture.savefig(file, dpi=150, metadata={"Date": None} if file.suffix == ".svg" else None)
