"""One network made of several systems: each profile of a service is the business of one of them."""

from collections.abc import Mapping
from uuid import UUID

from backend.ports import LineTest, Network, NetworkReceipt, NetworkRefused, NetworkService, NetworkStep


class SplitNetwork:
    """The port `Network` over others. by_profile: profile name → its system; others: has all remaining profiles."""

    def __init__(self, by_profile: Mapping[str, Network], *, others: Network | None) -> None:
        self._by_profile = dict(by_profile)
        self._others = others
        self._systems = [*self._by_profile.values(), *([others] if others else [])]

    async def apply(self, step: NetworkStep) -> NetworkReceipt:
        system = self._by_profile.get(step.name, self._others)
        if system is None:
            raise NetworkRefused(reason=f"no system of this deployment has the profile {step.name}")
        return await system.apply(step)

    async def read_back(self, service_id: UUID) -> NetworkService | None:
        """What all systems hold together."""
        found = [held for system in self._systems if (held := await system.read_back(service_id))]
        profiles = {name: attributes for held in found for name, attributes in held.profiles.items()}
        return NetworkService(service_id=service_id, profiles=profiles) if profiles else None

    async def test(self, service_id: UUID) -> LineTest:
        """Passed when every system that holds something of the service says so, and at least one does."""
        holding = [system for system in self._systems if await system.read_back(service_id)]
        results = [await system.test(service_id) for system in holding]
        measurements = {name: value for result in results for name, value in result.measurements.items()}
        return LineTest(passed=bool(results) and all(result.passed for result in results), measurements=measurements)
