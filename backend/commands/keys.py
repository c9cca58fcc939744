"""The keys by which truckroll and a billing system know each other."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from backend.terminal import Database, console, refuse, settings_of


def trust(
    key_id: Annotated[str, typer.Argument(help="The id that billing sends with its signatures.")],
    public_key: Annotated[str, typer.Argument(help="Its public key: whpk_…")],
    database: Database = "",
) -> None:
    """Trust the key with which the billing system signs its acknowledgements; the same id again replaces it."""
    from backend.deployment import trust_billing
    from clients.billing.signatures import KeyMalformed

    try:
        asyncio.run(trust_billing(settings_of(database), key_id=key_id, public_key=public_key))
    except KeyMalformed as error:
        refuse(str(error))
    console.print(f"billing's key {key_id} is trusted")


def billing_keys(
    database: Database = "",
    publish: Annotated[Path | None, typer.Option(help="Write all that ever signed to this file, as JSON.")] = None,
) -> None:
    """Show the public keys by which billing can tell that a message is ours, or publish those of old bundles, too."""
    from backend import deployment
    from clients.evidence.keys import write_published

    if publish is not None:
        found = asyncio.run(deployment.published_keys(settings_of(database)))
        write_published(found, publish)
        console.print(f"{len(found.keys)} public keys written to {publish}")
        return
    for key in asyncio.run(deployment.billing_keys(settings_of(database))):
        until = "signs until further notice" if key.valid_until is None else f"signs until {key.valid_until:%F %T} UTC"
        console.print(f"{key.public_key or 'the shared secret of the settings'}  {until}")


def rotate_billing_key(
    overlap_hours: Annotated[float, typer.Option(help="How long the present key signs beside the new one.")] = 168.0,
    database: Database = "",
) -> None:
    """Make a new key for what we tell billing; give its public key to billing before the overlap is over."""
    from backend.billing.schemas import OverlapTooShort
    from backend.deployment import rotate_billing_key as rotate
    from clients.billing.signatures import KeyMalformed

    try:
        key = asyncio.run(rotate(settings_of(database), overlap=timedelta(hours=overlap_hours)))
    except OverlapTooShort as error:
        refuse(f"the overlap takes at least {error.params['shortest_seconds']} seconds.")
    except KeyMalformed as error:
        refuse(f"TRUCKROLL_BILLING_SIGNING_KEY: {error}")
    console.print(key.public_key, soft_wrap=True)
