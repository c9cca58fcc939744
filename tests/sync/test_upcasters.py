"""Work in old words is read as what it means now, and stays sealed as it came."""

from typing import Any

from sync import wire
from sync.protocol import SCHEMA, JsonObject, Mutation
from sync.upcasters import UPCASTERS, present

SHA = "0" * 64


def mutation(op: str, **args: Any) -> Mutation:
    return Mutation(
        uid="01900000-0000-7000-8000-000000000001", op=op, kind="job", id="j", args=args, at=1, mid=1, digest=SHA
    )


def power_to_measure(args: JsonObject) -> tuple[str, JsonObject]:
    """Schema 1 had an operation of its own for the light level, in milliwatts' logarithm."""
    return "measure", {"name": "light_level", "value": args.get("dbm"), "unit": "dBm"}


def unit_spelled_out(args: JsonObject) -> tuple[str, JsonObject]:
    """Schema 2 abbreviated the unit."""
    return "measure", args | {"unit": "decibel-milliwatts"}


STEPS = {("light", 1): power_to_measure, ("measure", 2): unit_spelled_out}


def test_old_work_goes_through_every_step() -> None:
    said = present(mutation("light", dbm=-18.5), 1, upcasters=STEPS, newest=3)

    assert (said.op, said.args) == (
        "measure",
        {"name": "light_level", "value": -18.5, "unit": "decibel-milliwatts"},
    )


def test_work_of_a_later_schema_skips_the_steps_before() -> None:
    said = present(mutation("measure", unit="dBm"), 2, upcasters=STEPS, newest=3)

    assert said.args == {"unit": "decibel-milliwatts"}


def test_what_did_not_change_is_the_same_object() -> None:
    one = mutation("note", text="hello")

    assert present(one, 1, upcasters=STEPS, newest=3) is one


def test_work_of_a_newer_app_than_the_server_stays_as_it_is() -> None:
    one = mutation("light", dbm=-18.5)

    assert present(one, 4, upcasters=STEPS, newest=3) is one


def test_the_seal_is_of_what_was_sent() -> None:
    sent = mutation("light", dbm=-18.5)
    said = present(sent, 1, upcasters=STEPS, newest=3)

    assert said.digest == sent.digest
    assert wire.mutation_digest(said, None) != wire.mutation_digest(sent, None)
    assert sent.args == {"dbm": -18.5}


def test_every_step_leads_to_a_schema_that_there_is() -> None:
    assert all(1 <= schema < SCHEMA for _, schema in UPCASTERS)
