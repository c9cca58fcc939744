"""The server in memory keeps the contract of every server."""

import pytest

from sync import replica as replicas
from sync.simulation.site import Site, TwinSite
from tests.sync.contract import USER, Field, ServerContract, refused


class TestTwin(ServerContract):
    @pytest.fixture
    def site(self) -> Site:
        return TwinSite()

    def test_an_old_app_may_push_but_not_pull(self, field: Field):
        field.note(1)
        field.site.require_schema(2)

        field.device.push()
        refusal = refused(field.site, replicas.pull_request(field.device.replica, device="phone")).refusal

        assert (refusal.code, refusal.minimum, field.texts()) == ("schema_too_old", 2, ["n1"])

    def test_a_job_that_comes_back_has_a_higher_version(self, field: Field):
        field.site.delete(field.job, now_ms=0)
        field.site.reopen(field.job, now_ms=0)

        field.device.heal()

        assert field.device.held() == field.site.view(USER)
        assert field.device.replica.documents[f"job/{field.job}"].version == 2
