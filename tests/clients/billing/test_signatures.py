"""Signatures: what is accepted, what is refused and by which name, and that an independent library agrees."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from clients.billing import signatures
from clients.billing.signatures import (
    HeaderMissing,
    KeyMalformed,
    MessageIdMalformed,
    SignatureMalformed,
    SignatureUnmatched,
    TimestampMalformed,
    TimestampTooNew,
    TimestampTooOld,
    read_signing_key,
    read_verifying_key,
    sign,
    verify,
    write_key_pair,
)

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
BODY = '{"text":"kuitu 500, äö"}'.encode()
PRIVATE, PUBLIC = write_key_pair(bytes(range(32)))
OTHER_PRIVATE, OTHER_PUBLIC = write_key_pair(bytes(32))
SECRET = "whsec_" + base64.b64encode(b"a shared secret of 32 characters").decode()
ED25519 = base64.b64encode(bytes(64)).decode()
HMAC = base64.b64encode(bytes(32)).decode()


def signed(key: str = PRIVATE, *, sent_at: datetime = NOW) -> dict[str, str]:
    return sign(message_id="m-1", sent_at=sent_at, body=BODY, keys=[read_signing_key(key)])


def keys(*texts: str) -> list[signatures.VerifyingKey]:
    return [read_verifying_key(text) for text in texts]


@pytest.mark.parametrize(("signing", "verifying"), [(PRIVATE, PUBLIC), (SECRET, SECRET)])
def test_a_signed_message_is_verified_and_tells_its_id_and_time(signing, verifying):
    headers = signed(signing)

    proven = verify(headers, BODY, keys=keys(verifying), now=NOW)

    assert proven == signatures.Verified(message_id="m-1", sent_at=NOW)


def test_an_ed25519_signature_and_public_key_are_those_of_rfc_8032():
    # RFC 8032, 7.1, test 1: this seed has this public key and, over an empty message, this signature.
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")

    private, public = write_key_pair(seed)

    expected = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    assert base64.b64decode(public.removeprefix("whpk_")).hex() == expected
    assert read_signing_key(private).sign(b"").hex() == (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    )


def test_the_independent_library_verifies_our_hmac_signature():
    # That library reads the wall clock and takes no other.
    headers = signed(SECRET, sent_at=datetime.now(UTC))

    payload = Webhook(SECRET).verify(BODY, headers)

    assert payload == json.loads(BODY)


def test_the_independent_library_refuses_our_hmac_signature_over_another_body():
    headers = signed(SECRET, sent_at=datetime.now(UTC))

    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(b"{}", headers)


def test_we_verify_the_hmac_signature_of_the_independent_library():
    headers = {
        "webhook-id": "m-1",
        "webhook-timestamp": str(int(NOW.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m-1", NOW, BODY.decode()),
    }

    assert verify(headers, BODY, keys=keys(SECRET), now=NOW).message_id == "m-1"


def test_during_a_rotation_either_key_is_enough():
    assert verify(signed(OTHER_PRIVATE), BODY, keys=keys(PUBLIC, OTHER_PUBLIC), now=NOW)
    assert verify(signed(PRIVATE), BODY, keys=keys(PUBLIC, OTHER_PUBLIC), now=NOW)


def test_a_message_signed_with_two_keys_is_verified_by_a_holder_of_one():
    headers = sign(message_id="m-1", sent_at=NOW, body=BODY, keys=[read_signing_key(PRIVATE), read_signing_key(SECRET)])

    assert verify(headers, BODY, keys=keys(SECRET), now=NOW)
    assert verify(headers, BODY, keys=keys(PUBLIC), now=NOW)


def test_signatures_of_an_unknown_version_are_skipped():
    headers = signed()
    headers["webhook-signature"] = "v9,whatever " + headers["webhook-signature"]

    assert verify(headers, BODY, keys=keys(PUBLIC), now=NOW)


@pytest.mark.parametrize("shift_seconds", [-300, 300])
def test_the_edge_of_the_window_is_inside_it(shift_seconds):
    headers = signed(sent_at=NOW + timedelta(seconds=shift_seconds))

    assert verify(headers, BODY, keys=keys(PUBLIC), now=NOW)


def test_with_no_key_nothing_is_verified():
    with pytest.raises(SignatureUnmatched):
        verify(signed(), BODY, keys=[], now=NOW)


def test_another_body_is_refused():
    with pytest.raises(SignatureUnmatched):
        verify(signed(), BODY + b" ", keys=keys(PUBLIC), now=NOW)


def test_a_key_of_one_version_never_checks_a_signature_of_the_other():
    # Were the public key taken as an HMAC secret, anyone could sign with it.
    public_as_secret = "whsec_" + PUBLIC.removeprefix("whpk_")

    with pytest.raises(SignatureUnmatched):
        verify(signed(public_as_secret), BODY, keys=keys(PUBLIC), now=NOW)


HOSTILE_HEADERS = [
    ("webhook-id", "", HeaderMissing),
    ("webhook-id", "a.b", MessageIdMalformed),
    ("webhook-id", "m-1\n", MessageIdMalformed),
    ("webhook-id", "ä", MessageIdMalformed),
    ("webhook-id", "\udcff", MessageIdMalformed),
    ("webhook-id", "x" * 129, MessageIdMalformed),
    ("webhook-id", "m-2", SignatureUnmatched),
    ("webhook-timestamp", "", HeaderMissing),
    ("webhook-timestamp", "nan", TimestampMalformed),
    ("webhook-timestamp", "inf", TimestampMalformed),
    ("webhook-timestamp", "-1", TimestampMalformed),
    ("webhook-timestamp", "1e9", TimestampMalformed),
    ("webhook-timestamp", "1772440200.0", TimestampMalformed),
    ("webhook-timestamp", "١٧٧٢٤٤٠٢٠٠", TimestampMalformed),
    ("webhook-timestamp", "9" * 5000, TimestampMalformed),
    ("webhook-timestamp", "9" * 12, TimestampTooNew),
    ("webhook-timestamp", "0", TimestampTooOld),
    ("webhook-timestamp", str(int(NOW.timestamp()) - 301), TimestampTooOld),
    ("webhook-timestamp", str(int(NOW.timestamp()) + 301), TimestampTooNew),
    ("webhook-timestamp", str(int(NOW.timestamp()) + 1), SignatureUnmatched),
    ("webhook-signature", "", HeaderMissing),
    ("webhook-signature", " ", SignatureUnmatched),
    ("webhook-signature", "v1a", SignatureMalformed),
    ("webhook-signature", "v1a,", SignatureMalformed),
    ("webhook-signature", "v1a,not base64", SignatureMalformed),
    ("webhook-signature", "v1a,é", SignatureMalformed),
    ("webhook-signature", "v1a,\udcff", SignatureMalformed),
    ("webhook-signature", f"v1a,{HMAC}", SignatureMalformed),
    ("webhook-signature", f"v1,{ED25519}", SignatureMalformed),
    ("webhook-signature", f"v1a,{ED25519},{ED25519}", SignatureMalformed),
    ("webhook-signature", f"v1a,{ED25519[:-2]}", SignatureMalformed),
    ("webhook-signature", " ".join([f"v1,{HMAC}"] * 9), SignatureMalformed),
    ("webhook-signature", "v1a," + "A" * 4096, SignatureMalformed),
    ("webhook-signature", f"v1a,{ED25519}", SignatureUnmatched),
    ("webhook-signature", f"v1,{HMAC}", SignatureUnmatched),
    ("webhook-signature", "v2,x,,", SignatureUnmatched),
]


@pytest.mark.parametrize(("name", "value", "error"), HOSTILE_HEADERS)
def test_a_hostile_header_is_refused_by_its_name(name, value, error):
    headers = signed() | {name: value}

    with pytest.raises(error) as refused:
        verify(headers, BODY, keys=keys(PUBLIC, SECRET), now=NOW)

    assert type(refused.value) is error


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_an_absent_header_is_named(name):
    headers = signed()
    del headers[name]

    with pytest.raises(HeaderMissing, match=name):
        verify(headers, BODY, keys=keys(PUBLIC), now=NOW)


@pytest.mark.parametrize("text", ["", "whpk_", "whpk_é", "whpk_AAAA", "whsk_AAAA", "whsec_AAAA", PRIVATE, "x" * 40])
def test_a_malformed_verifying_key_is_refused_without_repeating_it(text):
    with pytest.raises(KeyMalformed) as refused:
        read_verifying_key(text)

    assert len(text) < 10 or text not in str(refused.value)


@pytest.mark.parametrize("text", ["", "whsk_", "whsk_é", "whsk_AAAA", PUBLIC, "whsec_" + "A" * 400])
def test_a_malformed_signing_key_is_refused(text):
    with pytest.raises(KeyMalformed):
        read_signing_key(text)


@pytest.mark.parametrize("text", [PRIVATE, SECRET])
def test_a_key_never_shows_itself_when_printed(text):
    key = read_signing_key(text)

    assert text[6:20] not in repr(key)
    assert "shared secret" not in repr(key)


def test_an_id_that_could_not_be_verified_is_not_signed():
    with pytest.raises(MessageIdMalformed):
        sign(message_id="a.b", sent_at=NOW, body=BODY, keys=[read_signing_key(PRIVATE)])
