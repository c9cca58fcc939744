"""Playing the story: its steps in order, one line of proof for each, and sabotage that each check must notice."""

import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby
from random import Random

import httpx

from backend.demo.site import Site
from backend.demo.story import ordering, settlement, visit
from backend.demo.story.office import Clerk, Refusal
from backend.demo.story.scene import Scene, Unproven
from backend.demo.story.steps import Step
from clients.device.errors import DoubtfulSerial, Offline
from sync.protocol import Refused

PATIENCE_SECONDS = 40.0
BROKEN_PATIENCE_SECONDS = 6.0  # a sabotaged step is waited for only as long as a healthy one ever takes


STEPS = (
    Step(number=1, name="order", title="Order", play=ordering.order),
    Step(number=2, name="decompose", title="Decompose", play=ordering.decompose),
    Step(number=3, name="appointment", title="Appointment", play=ordering.appointment),
    Step(number=4, name="schedule", title="Schedule", play=ordering.schedule),
    Step(number=5, name="scan", title="Offline job", play=visit.offline, is_visit=True),
    Step(number=6, name="sync", title="Sync", play=visit.sync, is_visit=True),
    Step(number=7, name="activation", title="Activation", play=settlement.activation),
    Step(number=8, name="billing", title="Billing", play=settlement.billing),
    Step(number=10, name="reconcile", title="Reconcile", play=settlement.reconcile),
)
BREAKABLE = tuple(step.name for step in STEPS)
SABOTAGE: dict[str, Callable[[Scene], None]] = {
    "scan": settlement.sabotage_network,
    "sync": settlement.sabotage_billing,
    "reconcile": settlement.sabotage_ledger,
}
"""What happens before a step when the story is told broken; each looks whether it is meant."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """How one step went. problem: "" when its checks held."""

    step: Step
    proof: str = ""
    problem: str = ""


Listener = Callable[[int, Told], None]


class Visits:
    """A technician is in one place: tellings that share one take turns, as the people would."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}
        self._guard = threading.Lock()

    def of(self, technician_id: str) -> threading.Lock:
        with self._guard:
            return self._locks.setdefault(technician_id, threading.Lock())


def play(
    site: Site,
    listen: Listener,
    *,
    steps: Sequence[Step] = STEPS,
    number: int = 0,
    seed: int = 1,
    broken: str = "",
    url: str = "",
    visits: Visits,
) -> bool:
    """Tell a story once; True when every check of every step held. It stops at the first that does not."""
    scene = _scene(site, number=number, seed=seed, broken=broken, url=url or site.url)
    try:
        for is_visit, some in groupby(steps, lambda step: step.is_visit):
            with visits.of(scene.ids["technician"]) if is_visit else nullcontext():
                if not _tell(scene, some, listen):
                    return False
        return True
    finally:
        scene.close()


def _tell(scene: Scene, steps: Iterable[Step], listen: Listener) -> bool:
    for step in steps:
        scene.patience_seconds = BROKEN_PATIENCE_SECONDS if scene.is_broken(step.name) else PATIENCE_SECONDS
        told = _try(scene, step)
        listen(scene.number, told)
        if told.problem:
            return False
    return True


def _try(scene: Scene, step: Step) -> Told:
    try:
        if step.name in SABOTAGE:
            SABOTAGE[step.name](scene)
        return Told(step=step, proof=step.play(scene))
    except (Unproven, Refusal, Refused, Offline, DoubtfulSerial, httpx.TransportError) as problem:
        return Told(step=step, problem=f"{type(problem).__name__}: {problem}")


def _scene(site: Site, *, number: int, seed: int, broken: str, url: str) -> Scene:
    def clerk(name: str) -> Clerk:
        return Clerk(url, f"{name}@northbank.example")

    return Scene(
        site=site,
        url=url,
        number=number,
        random=Random(f"{seed}:{number}"),
        broken=broken,
        patience_seconds=PATIENCE_SECONDS,
        agent=clerk("agent"),
        dispatcher=clerk("dispatcher"),
        warehouse=clerk("warehouse"),
        supervisor=clerk("supervisor"),
        analyst=clerk("billing"),
    )
