"""`truckroll bench` and `truckroll simulate`: what measures the product and plays days with it."""

from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import console, refuse


def bench(
    name: Annotated[str, typer.Argument(help="core, delivery, eta, scheduling, sync or web")],
    quick: Annotated[bool, typer.Option("--quick", help="End within five minutes.")] = False,  # noqa: FBT002
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the figures to this file.")] = None,
    data: Annotated[Path | None, typer.Option(help="scheduling: the folder of the standard sets.")] = None,
    plot: Annotated[Path | None, typer.Option(help="scheduling: draw the contest to this .png or .svg.")] = None,
) -> None:
    """Measure: a table of figures, and a file of them."""
    from functools import partial

    from backend.bench import core
    from backend.bench.delivery import run as delivery
    from backend.bench.eta import run as eta
    from backend.bench.figures import show
    from backend.bench.scheduling import run as scheduling
    from backend.bench.sync import run as sync
    from backend.bench.web import run as web

    contest = partial(scheduling.run, data=data, plot=plot)
    benches = {
        "core": core.run,
        "delivery": delivery.run,
        "eta": eta.run,
        "scheduling": contest,
        "sync": sync.run,
        "web": web.run,
    }
    if name not in benches:
        refuse(f"no benchmark is called {name}; there are: {', '.join(benches)}")
    show(benches[name](console, quick=quick), console, json_file)


def simulate(
    seeds: Annotated[int, typer.Option(min=1, help="How many, one after the other.")] = 100,
    devices: Annotated[int, typer.Option(min=1, max=100, help="Phones, of one technician each.")] = 20,
    days: Annotated[int, typer.Option(min=1, max=30, help="Days that they work.")] = 5,
    seed: Annotated[int, typer.Option(min=0, help="The first one; the same seed plays the same history.")] = 0,
    server: Annotated[str, typer.Option(help="twin (in memory), sqlite or postgresql.")] = "twin",
    http: Annotated[bool, typer.Option("--http", help="By real requests to the whole application.")] = False,  # noqa: FBT002
    database: Annotated[str, typer.Option(help="postgresql://… of a server; default: one of the run's own.")] = "",
) -> None:
    """Play days of phones, technicians and an office over a bad line; exit code 0 only when nothing went wrong."""
    import msgspec

    from backend.bench.simulation import run

    size = {"devices": devices, "days": days}
    where = {"server": server, "http": http, "database": database}
    try:
        asked = msgspec.convert({"seeds": seeds, "first_seed": seed, "size": size, **where}, run.Wanted)
    except msgspec.ValidationError:
        refuse(f"--server takes one of: {', '.join(run.SERVERS)}")
    if reason := run.refusal(asked):
        refuse(reason)
    raise typer.Exit(0 if run.run(asked, console) else 1)
