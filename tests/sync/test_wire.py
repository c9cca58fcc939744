"""Reading messages from bytes that may be hostile, and the seals."""

import gzip
import zlib

import msgspec
import pytest

from sync import replica as replicas
from sync import wire
from sync.outbox import Outbox
from sync.protocol import MAX_DEPTH, MAX_REQUEST_BYTES, ErrorCode, Mutation, PullRequest, PushRequest
from sync.replica import Replica
from sync.wire import WireError
from tests.sync.field import draft


def sealed_push(count: int = 3) -> PushRequest:
    replica = Replica(outbox=Outbox(id="a.1"))
    for number in range(1, count + 1):
        replica, _ = replicas.record(replica, draft(number))
    request = replicas.push_request(replica, device="a")
    assert request is not None
    return request


def resealed(request: PushRequest, *batch: Mutation) -> PushRequest:
    return wire.sealed(msgspec.structs.replace(request, batch=batch))


def pull(**fields: object) -> bytes:
    return msgspec.json.encode({"outbox": "a.1", "device": "a", "schema": 1, **fields})


@pytest.mark.parametrize(
    ("raw", "code", "path"),
    [
        (b"", ErrorCode.MALFORMED, "$"),
        (b"{", ErrorCode.MALFORMED, "$"),
        (b"[]", ErrorCode.MALFORMED, "$"),
        (pull() + b" {}", ErrorCode.MALFORMED, "$"),
        (b'{"outbox":"a.1","device":"a"}', ErrorCode.MALFORMED, "$.schema"),
        (pull(schema="1"), ErrorCode.MALFORMED, "$.schema"),
        (pull(wait_s=31), ErrorCode.MALFORMED, "$.wait_s"),
        (pull(limit_bytes=0), ErrorCode.MALFORMED, "$.limit_bytes"),
        (pull(outbox=""), ErrorCode.MALFORMED, "$.outbox"),
        (pull(cursor="\x00"), ErrorCode.NUL_CHARACTER, "$"),
        (b'{"outbox":"a\x00"}', ErrorCode.NUL_CHARACTER, "$"),
        (b'{"outbox":"\xff"}', ErrorCode.NOT_UTF8, "$"),
        (b'{"outbox":"\\ud800"}', ErrorCode.MALFORMED, "$"),
        (b"[" * 100_000, ErrorCode.TOO_DEEP, "$"),
        (b'{"x":' * 33 + b"1" + b"}" * 33, ErrorCode.TOO_DEEP, "$"),
        (b" " * (MAX_REQUEST_BYTES + 1), ErrorCode.TOO_LARGE, "$"),
    ],
)
def test_bytes_that_are_no_message_are_refused_with_a_code_and_a_place(raw: bytes, code: ErrorCode, path: str):
    with pytest.raises(WireError) as caught:
        wire.decode(raw, PullRequest)

    assert (caught.value.code, caught.value.path) == (code, path)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b'["' + b"[" * 100 + b'"]',
        b'["\\"' + b"[" * 100 + b'"]',
        b'["\\\\","[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["]',
        b"[" + b"[]," * 1000 + b"[]]",
        rb'["\\u0000"]',
    ],
)
def test_brackets_in_strings_and_beside_each_other_do_not_count_as_depth(raw: bytes):
    wire.check_bounds(raw)

    assert msgspec.json.decode(raw)


@pytest.mark.parametrize("raw", [b'["\\\\",' + b"[" * 32 + b"]" * 33, b'["a\\\\\\"",' + b"[{" * 16 + b"}]" * 16 + b"]"])
def test_an_escaped_quote_does_not_hide_depth(raw: bytes):
    assert wire.nests_deeper(raw, MAX_DEPTH)


def test_an_unknown_field_is_passed_over():
    assert wire.decode(pull(weather={"snow": True}), PullRequest) == wire.decode(pull(), PullRequest)


def test_a_sealed_push_is_accepted():
    wire.check_push(sealed_push())


def test_a_flipped_word_in_a_mutation_is_refused_where_it_is():
    request = sealed_push()
    second = msgspec.structs.replace(request.batch[1], args={"text": "other"})

    with pytest.raises(WireError, match="digest_mismatch") as caught:
        wire.check_push(resealed(request, request.batch[0], second, request.batch[2]))

    assert caught.value.path == "$.batch[1].digest"


def test_a_mutation_that_was_left_out_is_noticed():
    request = sealed_push()

    with pytest.raises(WireError, match="digest_mismatch") as caught:
        wire.check_push(msgspec.structs.replace(request, batch=request.batch[:2]))

    assert caught.value.path == "$.digest"


def test_another_outbox_does_not_fit_the_seal():
    with pytest.raises(WireError, match="digest_mismatch"):
        wire.check_push(msgspec.structs.replace(sealed_push(), outbox="b.1"))


def test_numbers_that_are_not_consecutive_are_refused():
    request = sealed_push()

    with pytest.raises(WireError, match="mid_gap") as caught:
        wire.check_push(resealed(request, request.batch[0], request.batch[2]))

    assert caught.value.refusal.expected == 2


def test_an_empty_push_is_refused():
    with pytest.raises(WireError, match="malformed"):
        wire.check_push(msgspec.structs.replace(sealed_push(), batch=()))


def test_ten_thousand_mutations_at_once_are_refused():
    request = sealed_push(1)

    with pytest.raises(WireError, match="too_many_mutations"):
        wire.check_push(msgspec.structs.replace(request, batch=request.batch * 10_000))


def test_a_number_that_not_every_reader_can_hold_is_refused_where_it_is():
    request = sealed_push(1)
    mutation = msgspec.structs.replace(request.batch[0], args={"value": 2**53})

    with pytest.raises(WireError, match="number_out_of_range") as caught:
        wire.check_push(resealed(request, mutation))

    assert caught.value.path == "$.batch[0].args.value"


# --- Compressed bodies ------------------------------------------------------------------------------------------------


def test_what_was_compressed_is_read_whole():
    assert wire.inflate(gzip.compress(b"hello" * 1000)) == b"hello" * 1000


def test_a_small_body_cannot_become_a_large_one():
    bomb = gzip.compress(bytes(64 << 20))

    with pytest.raises(WireError, match="too_large"):
        wire.inflate(bomb)


def test_what_inflates_to_the_limit_is_taken():
    assert len(wire.inflate(gzip.compress(bytes(MAX_REQUEST_BYTES)))) == MAX_REQUEST_BYTES


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        gzip.compress(b"{}")[:-1],
        gzip.compress(b"{}") + b"more",
        gzip.compress(b"{}") * 2,
        zlib.compress(b"{}"),
    ],
    ids=["nothing", "not compressed", "cut", "with more behind", "two members", "zlib"],  # gzip notes the time
)
def test_what_is_not_one_whole_gzip_member_is_refused(raw: bytes):
    with pytest.raises(WireError, match="malformed"):
        wire.inflate(raw)
