"""What PROTOCOL.md asks of every server, as tests that any `Site` can be put through: subclass and give a `site`."""

from dataclasses import dataclass

import msgspec
import pytest

from sync import cursor as cursors
from sync import replica as replicas
from sync import wire
from sync.protocol import MutationState, PullRequest, PushRequest, Refused, Result
from sync.simulation.site import Site
from tests.sync.field import NOON_MS, Device, draft

MORNING_MS = NOON_MS - 3_600_000
USER = "user0"
STRANGER = "user1"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A phone of USER that has pulled the one job it has."""

    site: Site
    job: str
    device: Device

    def phone(self, name: str, user: str = USER) -> Device:
        self.site.enrol(name, user)
        return Device(name, self.site, user=user)

    def note(self, number: int, device: Device | None = None, *, text: str = "") -> None:
        (device or self.device).record(draft(number, id=self.job, text=text or f"n{number}"))

    def push_again(self, request: PushRequest) -> tuple[Result, ...]:
        return self.site.push(request, now_ms=NOON_MS).results

    def texts(self) -> list[str]:
        return [note["text"] for note in self.site.view(USER)[f"job/{self.job}"].get("notes", [])]


def request_of(device: Device) -> PushRequest:
    request = replicas.push_request(device.replica, device=device.name)
    assert request is not None
    return request


def refused(site: Site, request: PushRequest | PullRequest) -> Refused:
    try:
        if isinstance(request, PushRequest):
            site.push(request, now_ms=NOON_MS)
        else:
            site.pull(request, now_ms=NOON_MS)
    except Refused as error:
        return error
    pytest.fail("the server took it")


class ServerContract:
    """Subclasses have a fixture `site`: a server with nothing on its phones."""

    @pytest.fixture
    def field(self, site: Site) -> Field:
        site.enrol("phone", USER)
        job = site.open_job(1, USER, 0, now_ms=MORNING_MS)
        field = Field(site=site, job=job, device=Device("phone", site, user=USER))
        field.device.heal()
        return field

    def test_a_phone_holds_what_the_server_has_for_it(self, field: Field):
        assert f"job/{field.job}" in field.device.held()
        assert field.device.held() == field.site.view(USER)

    def test_the_same_push_twice_has_one_effect_and_the_first_verdict(self, field: Field):
        field.note(1)
        request = request_of(field.device)

        (first,) = field.push_again(request)
        (again,) = field.push_again(request)

        assert (first.status, again.status, again.first) == (MutationState.APPLIED, MutationState.DUPLICATE, first)
        assert field.texts() == ["n1"]

    def test_the_same_work_in_another_outbox_has_one_effect(self, field: Field):
        field.note(1)
        field.device.push()
        field.device.replica = replicas.renumber(field.device.replica, new_outbox="another")

        (again,) = field.push_again(request_of(field.device))

        assert (again.mid, again.status) == (1, MutationState.DUPLICATE)
        assert field.texts() == ["n1"]

    def test_a_used_number_is_refused_with_all_that_follows(self, field: Field):
        clone = field.phone("clone")
        clone.replica = field.device.replica
        field.note(1)
        field.note(2, clone)
        field.note(3, clone)
        field.device.push()

        results = field.push_again(request_of(clone))

        assert [(result.status, result.code) for result in results] == [(MutationState.REJECTED, "mid_reuse")]
        assert field.texts() == ["n1"]

    def test_a_clone_goes_on_in_an_outbox_of_its_own_and_in_order(self, field: Field):
        clone = field.phone("clone")
        clone.replica = field.device.replica
        field.note(1)
        field.note(2, clone)
        field.note(3, clone)
        field.device.push()

        clone.push()
        clone.heal()

        assert field.texts() == ["n1", "n2", "n3"]

    def test_a_uid_that_stands_for_other_work_is_refused_and_uses_its_number_up(self, field: Field):
        field.note(1)
        field.note(1, text="other")

        first, second = field.push_again(request_of(field.device))

        assert (first.status, second.status, second.code) == ("applied", "rejected", "uid_reuse")
        assert field.texts() == ["n1"]

    def test_a_gap_is_refused_with_the_number_that_is_expected(self, field: Field):
        field.note(1)
        field.note(2)
        request = request_of(field.device)
        second = request.batch[1]

        refusal = refused(field.site, wire.sealed(msgspec.structs.replace(request, batch=(second,)))).refusal

        assert (refusal.code, refusal.expected) == ("mid_gap", 1)

    def test_a_broken_seal_is_refused_and_stores_nothing(self, field: Field):
        field.note(1)
        request = request_of(field.device)
        forged = msgspec.structs.replace(request.batch[0], args={"text": "forged"})

        refusal = refused(field.site, msgspec.structs.replace(request, batch=(forged,))).refusal

        assert refusal.code == "digest_mismatch"
        assert (field.texts(), field.site.decided()) == ([], set())

    def test_poison_blocks_nothing(self, field: Field):
        field.device.record(draft(1, "dance", id=field.job))
        field.device.record(draft(2, "complete", id=field.job, outcome="perhaps"))
        field.note(3)

        results = field.push_again(request_of(field.device))

        assert [result.status for result in results] == ["rejected", "rejected", "applied"]
        assert [(result.code, result.path) for result in results[:2]] == [
            ("unknown_operation", "$.op"),
            ("invalid_arguments", "$.args.outcome"),
        ]

    def test_an_outbox_is_its_users_alone(self, field: Field):
        field.note(1)
        field.device.push()
        stranger = field.phone("stranger", STRANGER)
        stranger.replica = field.device.replica

        push = request_of_all(stranger)

        assert refused(field.site, push).refusal.code == "outbox_foreign"
        pull = replicas.pull_request(stranger.replica, device="stranger")
        assert refused(field.site, pull).refusal.code == "outbox_foreign"

    def test_another_phone_of_the_same_user_may_bring_an_outbox(self, field: Field):
        field.note(1)
        field.phone("spare")

        (result,) = field.push_again(msgspec.structs.replace(request_of(field.device), device="spare"))

        assert (result.status, field.texts()) == (MutationState.APPLIED, ["n1"])

    def test_a_revoked_phone_is_told_so_and_what_it_brings_is_put_aside(self, field: Field):
        field.note(1)
        field.site.revoke("phone")

        (result,) = field.push_again(request_of(field.device))

        assert (result.status, result.code, field.texts()) == (MutationState.QUARANTINED, "device_revoked", [])
        pull = replicas.pull_request(field.device.replica, device="phone")
        assert refused(field.site, pull).refusal.code == "device_revoked"

    def test_work_is_dated_by_the_measured_offset_and_not_after_its_receipt(self, field: Field):
        minute_ms = 60_000
        late = msgspec.structs.replace(draft(1, id=field.job), at=NOON_MS - 3 * minute_ms, off=minute_ms)
        ahead = msgspec.structs.replace(draft(2, id=field.job), at=NOON_MS + 10**10, off=0)
        field.device.record(late)
        field.device.record(ahead)
        field.device.push()

        times = [field.site.occurred_ms(work.uid) for work in (late, ahead)]

        assert times == [NOON_MS - 2 * minute_ms, NOON_MS]

    def test_a_reassigned_job_leaves_the_phone(self, field: Field):
        field.site.give(field.job, STRANGER, now_ms=NOON_MS)

        field.device.heal()

        assert f"job/{field.job}" not in field.device.held()
        assert field.device.held() == field.site.view(USER)

    def test_removals_that_were_forgotten_are_made_good(self, field: Field):
        field.site.open_job(2, USER, 0, now_ms=MORNING_MS)
        field.site.give(field.job, STRANGER, now_ms=NOON_MS)
        for scope in range(6):
            field.site.forget(scope)

        answer = field.device.pull()

        assert len(answer.resync) == 1
        assert field.device.held() == field.site.view(USER)

    def test_a_damaged_replica_is_found_by_its_digest(self, field: Field):
        scopes = {scope for held in field.device.replica.documents.values() for scope in held.scopes}
        field.device.replica = msgspec.structs.replace(field.device.replica, documents={})

        answer = field.device.pull(with_digests=True)

        assert set(answer.resync) == scopes
        assert field.device.held() == field.site.view(USER)

    @pytest.mark.parametrize("text", ["", "not a cursor", "e30"])
    def test_what_is_no_cursor_is_refused(self, field: Field, text: str):
        pull = replicas.pull_request(field.device.replica, device="phone")

        assert refused(field.site, msgspec.structs.replace(pull, cursor=text)).refusal.code == "cursor_invalid"

    def test_a_cursor_of_the_future_is_refused(self, field: Field):
        cursor = cursors.decode(field.device.replica.cursor or "")
        future = cursors.encode(msgspec.structs.replace(cursor, positions=dict.fromkeys(cursor.positions, 10**6)))
        pull = replicas.pull_request(field.device.replica, device="phone")

        assert refused(field.site, msgspec.structs.replace(pull, cursor=future)).refusal.code == "cursor_ahead"

    def test_a_backup_makes_durable_what_it_holds_and_a_restore_begins_an_epoch(self, field: Field):
        field.note(1)
        field.device.push()
        backup = field.site.backup()
        field.note(2)
        field.device.heal()
        durable = field.device.replica.outbox.durable_mid
        before = field.device.replica.epoch

        field.site.restore(backup, epoch="e9")
        field.device.heal()

        assert (durable, field.device.replica.epoch != before) == (1, True)
        assert field.texts() == ["n1", "n2"]
        assert field.device.held() == field.site.view(USER)

    def test_one_serial_is_at_one_job(self, field: Field):
        other = field.site.open_job(2, USER, 0, now_ms=MORNING_MS)
        serial = field.site.serials[0]
        for number, job in enumerate((field.job, other), start=1):
            field.device.record(draft(number, "serial_installed", id=job, serial=serial, method="scan"))

        results = field.push_again(request_of(field.device))

        assert [result.status for result in results] == [MutationState.APPLIED, MutationState.CONFLICT]
        assert results[1].code is not None


def request_of_all(device: Device) -> PushRequest:
    """A push of all that is held, answered or not."""
    outbox = device.replica.outbox
    batch = tuple(entry.mutation for entry in outbox.entries)
    return wire.sealed(PushRequest(outbox=outbox.id, device=device.name, schema=1, batch=batch, digest=""))
