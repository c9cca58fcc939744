"""The `truckroll` command: which subcommands there are. Each is a few lines of `commands`, the work is elsewhere."""

import sys
from collections.abc import Callable, Mapping

import typer

from backend.commands import care, files, keys, measuring, playing, processes, setting_up, standalone

COMMANDS: Mapping[str, Mapping[str, Callable[..., None]]] = {
    "Run": {
        "demo": processes.demo,
        "serve": processes.serve,
        "worker": processes.worker,
    },
    "Set up": {
        "migrate": setting_up.migrate,
        "administrator": setting_up.administrator,
        "password": setting_up.password,
        "forget-second-factor": setting_up.forget_second_factor,
        "import": files.import_master_data,
        "import-catalogue": files.import_catalogue,
        "export-catalogue": files.export_catalogue,
        "import-serials": files.import_serials,
        "trust": keys.trust,
        "billing-keys": keys.billing_keys,
        "rotate-billing-key": keys.rotate_billing_key,
        "seed": setting_up.seed,
    },
    "Look after": {
        "doctor": care.doctor,
        "backup": care.backup,
        "restored": care.restored,
        "reconcile": care.reconcile,
        "verify-audit": care.verify_audit,
        "extract": files.extract,
    },
    "Without a server": {
        "plan": standalone.plan,
        "verify-bundle": standalone.verify_bundle,
        "openapi": standalone.openapi,
    },
    "Try and measure": {
        "story": playing.story,
        "simulate": measuring.simulate,
        "bench": measuring.bench,
    },
}

app = typer.Typer(
    name="truckroll",
    help="A field technician and truck-roll backend: from an order to a bill, through one technician's visit.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
)

for panel, commands in COMMANDS.items():
    for name, command in commands.items():
        app.command(name, rich_help_panel=panel)(command)

# Its words are the phone's own, which has its own help.
app.command(
    "device",
    rich_help_panel="Try and measure",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
    add_help_option=False,
)(playing.device)


def main() -> None:
    """The entry point of the `truckroll` script."""
    app(prog_name="truckroll")


if __name__ == "__main__":
    sys.exit(main())
