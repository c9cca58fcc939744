"""Clients that others wrote, and our own, send files to a real server through a network that breaks."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from random import Random

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from backend.demo.site import Site, free_port
from backend.identity.principal import Role
from backend.kernel.db import Transaction
from backend.migrations.run import upgrade
from clients.device.device import Device
from clients.device.errors import Offline
from clients.device.store import DeviceStore, Photo
from sync import Refused
from tests.factories.cutting import CuttingProxy
from tests.factories.identity import make_code, make_phone, make_user
from tests.factories.sites import in_database
from tests.factories.workforce import make_technician, make_territory

PACKAGES = Path(__file__).parents[2] / "clients/web/package.json"
INSTALLED = PACKAGES.parent / "node_modules/tus-js-client"
SEND = Path(__file__).parent / "send.mjs"
SIZE_BYTES = 2 << 20
MOST_BYTES = 500_000  # that one connection lives: no file gets through on one
TRIES = 60
LOST_ITS_THREAD = 3  # see send.mjs


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(home=tmp_path_factory.mktemp("site"), port=free_port(), billing_port=free_port())
    upgrade(site.database_url)
    site.start_web()
    yield site
    site.stop()


@pytest.fixture
def token(site: Site) -> str:
    """The access token of a technician's phone."""

    async def enrolled(tx: Transaction) -> str:
        technician = await make_technician(tx, (await make_territory(tx, code=f"T-{tx.new_id().hex[-8:]}")).id)
        user = await make_user(tx, Role.TECHNICIAN, technician_id=technician.id)
        return (await make_phone(tx, user)).tokens.access_token

    return in_database(site, enrolled)


def photo(seed: int) -> bytes:
    """Bytes that nothing can compress, and no two seeds share."""
    return Random(seed).randbytes(SIZE_BYTES)


def stored(site: Site, token: str, body: bytes) -> bool:
    """Whether the server has exactly these bytes."""
    url = f"{site.url}/api/v1/files/{sha256(body).hexdigest()}"
    answer = httpx.get(url, headers={"authorization": f"Bearer {token}"})
    return answer.status_code == 200 and answer.content == body


@pytest.mark.skipif(not INSTALLED.is_dir(), reason="the web packages are not installed")
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("chunk_bytes", [SIZE_BYTES, 200_000])
def test_tus_js_client_gets_a_file_through(site: Site, token: str, tmp_path: Path, seed: int, chunk_bytes: int):
    body = photo(seed * 10 + (chunk_bytes == SIZE_BYTES))
    file = tmp_path / "photo.jpg"
    file.write_bytes(body)
    named = json.dumps({"sha256": sha256(body).hexdigest(), "media_type": "image/jpeg"})

    with CuttingProxy(site.port, seed=seed, most_bytes=MOST_BYTES) as network:
        command = ["node", SEND, PACKAGES, f"{network.url}/files/v1/uploads", token, file, named, str(chunk_bytes)]
        sent = _run_until_it_ends(command)

    assert sent.returncode == 0, sent.stderr
    assert network.cuts > 0
    assert stored(site, token, body)


def _run_until_it_ends(command: list[str | Path]) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for _ in range(TRIES):
        sent = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60, env=environment)
        if sent.returncode != LOST_ITS_THREAD:
            return sent
    raise AssertionError("the client never came to an end")


@pytest.mark.parametrize(("seed", "has_checksums"), [(1, False), (2, True)])
def test_tuspy_gets_a_file_through(site: Site, token: str, seed: int, has_checksums: bool):  # noqa: FBT001
    body = photo(100 + seed * 10 + has_checksums)

    with CuttingProxy(site.port, seed=seed, most_bytes=MOST_BYTES) as network:
        client = TusClient(f"{network.url}/files/v1/uploads", headers={"authorization": f"Bearer {token}"})
        uploader = _begun(client, body, has_checksums=has_checksums)
        uploader.upload()

    assert network.cuts > 0
    assert stored(site, token, body)


def _begun(client: TusClient, body: bytes, *, has_checksums: bool):
    """An uploader that knows its address: this client does not try a creation again."""
    named = {"sha256": sha256(body).hexdigest(), "media_type": "image/jpeg"}
    for _ in range(TRIES):
        uploader = client.uploader(
            file_stream=BytesIO(body),
            chunk_size=150_000 if has_checksums else SIZE_BYTES,
            metadata=named,
            retries=TRIES,
            retry_delay=0,
            upload_checksum=has_checksums,
        )
        try:
            uploader.set_url(uploader.create_url())
        except (TusCommunicationError, TusUploadFailed):
            continue
        return uploader
    raise AssertionError("no upload could be begun")


@pytest.mark.parametrize("seed", [1])
def test_the_device_gets_a_photo_through(site: Site, tmp_path: Path, seed: int):
    body = photo(200 + seed)

    async def code(tx: Transaction) -> str:
        technician = await make_technician(tx, (await make_territory(tx, code=f"T-{tx.new_id().hex[-8:]}")).id)
        return await make_code(tx, await make_user(tx, Role.TECHNICIAN, technician_id=technician.id))

    with (
        CuttingProxy(site.port, seed=seed, most_bytes=MOST_BYTES) as network,
        closing(DeviceStore(tmp_path / "device.db")) as store,
        httpx.Client(base_url=site.url) as steady,
        httpx.Client(base_url=network.url) as breaking,
    ):
        tokens = Device(store, steady).enrol(in_database(site, code), name="phone")
        store.save_photo(Photo(sha256=sha256(body).hexdigest(), media_type="image/jpeg", body=body))
        for _ in range(TRIES):
            try:
                Device(store, breaking).send_photos()
            except (Offline, Refused):
                continue
            break

        assert list(store.photos()) == []
    assert network.cuts > 0
    assert stored(site, tokens.access_token, body)
