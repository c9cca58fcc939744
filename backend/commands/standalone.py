"""What works without a server: a file is planned or verified, the API described."""

from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import console


def plan(
    file: Annotated[Path, typer.Argument(help="The problem as JSON (scheduling/README.md tells the form).")],
    seconds: Annotated[float, typer.Option(min=0.1, max=86_400, help="How long to search.")] = 10.0,
    iterations: Annotated[int, typer.Option(min=0, help="Search so many steps instead: the same plan every time.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed finds another plan.")] = 1,
    policy: Annotated[Path | None, typer.Option(help="What things cost, as JSON; without it the standard.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder to write to; without it, beside the problem.")] = None,
) -> None:
    """Plan a problem of a file, without a database: writes FILE.plan.json, FILE.gantt.png and FILE.map.png."""
    from backend.plan_files import plan_file

    plan_file(file, seconds=seconds, iterations=iterations, seed=seed, policy_file=policy, folder=out)


def verify_bundle(
    file: Annotated[Path, typer.Argument(help="An evidence bundle (.jsonl).", exists=True, dir_okay=False)],
    key: Annotated[list[str], typer.Option(help="A public key (whpk_…) that you trust; may be given again.")] = [],  # noqa: B006
    keys: Annotated[Path | None, typer.Option(help="A file of keys as published.", exists=True, dir_okay=False)] = None,
) -> None:
    """Verify an evidence bundle, without a server: exit code 0 only when nothing was changed and a trusted key sealed it."""
    from clients.evidence.command import verify_with

    raise typer.Exit(verify_with(file, key, keys, console))


def openapi(
    output: Annotated[Path | None, typer.Option(help="File to write; default: the terminal.")] = None,
) -> None:
    """The API's description as JSON."""
    import msgspec

    from backend.app import serve as application

    text = msgspec.json.format(msgspec.json.encode(application().openapi_schema.to_schema())).decode() + "\n"
    if output:
        output.write_text(text, encoding="utf-8")
    else:
        typer.echo(text, nl=False)
