"""What happens in the office and in the server room: jobs change hands, rights change, backups come back."""

from typing import Final

from sync.simulation.phone import Phone
from sync.simulation.steps import Step, pick
from sync.simulation.world import World

_OUTAGE_MS: Final = 3_600_000
_BACKUPS_KEPT: Final = 3


def open_job(world: World, phone: Phone, step: Step) -> None:
    job = world.site.open_job(step.number, phone.user, step.dice, now_ms=world.now_ms)
    world.jobs.append(job)
    world.say(job)


def give(world: World, phone: Phone, step: Step) -> None:
    """Assign or reassign, now and then back to the backlog."""
    if (job := _job(world, step)) is not None:
        world.site.give(job, phone.user if step.dice % 5 else None, now_ms=world.now_ms)


def cancel(world: World, phone: Phone, step: Step) -> None:
    if (job := _job(world, step)) is not None:
        world.site.cancel(job, now_ms=world.now_ms)


def edit(world: World, phone: Phone, step: Step) -> None:
    if (job := _job(world, step)) is not None:
        world.site.edit(job, step.dice, now_ms=world.now_ms)


def delete(world: World, phone: Phone, step: Step) -> None:
    if (job := _job(world, step)) is not None:
        world.site.delete(job, now_ms=world.now_ms)
        world.deleted.append(job)


def reopen(world: World, phone: Phone, step: Step) -> None:
    """A job that was deleted comes back."""
    if world.deleted:
        world.site.reopen(pick(world.deleted, step.job), now_ms=world.now_ms)


def release(world: World, phone: Phone, step: Step) -> None:
    if (job := _job(world, step)) is not None:
        world.site.release(job, now_ms=world.now_ms)


def regrant(world: World, phone: Phone, step: Step) -> None:
    world.site.regrant(phone.user, step.dice)


def forget(world: World, phone: Phone, step: Step) -> None:
    world.site.forget(step.dice)


def revoke(world: World, phone: Phone, step: Step) -> None:
    world.site.revoke(phone.device)


def disable(world: World, phone: Phone, step: Step) -> None:
    world.site.disable(phone.user)


def enable(world: World, phone: Phone, step: Step) -> None:
    world.site.disable(phone.user, is_disabled=False)


def require_schema(world: World, phone: Phone, step: Step) -> None:
    world.minimum_schema += 1
    world.site.require_schema(world.minimum_schema)


def trouble(world: World, phone: Phone, step: Step) -> None:
    """The database answers the next few mutations with trouble that passes."""
    world.site.trouble(1 + step.dice % 3)


def outage(world: World, phone: Phone, step: Step) -> None:
    """Nobody reaches the server for an hour."""
    world.outage_until_ms = world.now_ms + _OUTAGE_MS


def backup(world: World, phone: Phone, step: Step) -> None:
    """The nightly backup, and what it holds is durable from now on."""
    decided = world.site.decided()
    world.backups = [*world.backups, (world.site.backup(), decided)][-_BACKUPS_KEPT:]
    world.ledger.back_up(decided)


def restore(world: World, phone: Phone, step: Step) -> None:
    """The disk broke, and the last backup came back."""
    if world.backups:
        _restore(world, is_promised=True)


def restore_older(world: World, phone: Phone, step: Step) -> None:
    """The last backup could not be read: the one before it came back. What it lacks and no phone holds is lost."""
    if len(world.backups) > 1:
        world.backups.pop()
        _restore(world, is_promised=False)


def _restore(world: World, *, is_promised: bool) -> None:
    world.epochs += 1
    stored, decided = world.backups[-1]
    world.site.restore(stored, epoch=f"e{world.epochs}")
    world.ledger.restore(decided, world.phones, is_promised=is_promised)


def _job(world: World, step: Step) -> str | None:
    """Mostly one of the last jobs, which the phones have and work on."""
    recent = world.jobs if step.dice % 4 == 0 else world.jobs[-2 * world.size.devices :]
    return pick(recent, step.job) if recent else None
