"""A camera that renames one picture over another, with a real vsftpd and the real forwarder."""

from __future__ import annotations

import contextlib
import ftplib
import io
import os
import time
from typing import TYPE_CHECKING

import pytest

from tests.chaos.relay import VSFTPD, Relay

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.client import Emulator

pytestmark = pytest.mark.skipif(not VSFTPD or os.geteuid() != 0, reason="vsftpd wants to be started by root")
ROUNDS = 10
PAUSE = 1.0


@pytest.fixture
def relay(emulator: Emulator, bucket: str, tmp_path: Path) -> Iterator[Relay]:
    tmp_path.parents[0].chmod(0o755)
    tmp_path.parents[1].chmod(0o755)
    made = Relay(tmp_path / "relay", bucket, emulator.environment, {"endpoint_url": emulator.url})
    made.prepare()
    made.start_ftp()
    made.start_forwarder()
    yield made
    made.stop_forwarder()
    made.stop_ftp()


def stored(emulator: Emulator, bucket: str) -> list[bytes]:
    s3 = emulator.boto3_client()
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
    return sorted(s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys)


def send(ftp: ftplib.FTP, name: str, body: bytes) -> None:
    """As a camera does: again, when it is refused because the one before has not been taken yet."""
    while True:
        with contextlib.suppress(ftplib.error_perm):
            assert ftp.storbinary(f"STOR {name}", io.BytesIO(body)).startswith("226")
            return


def test_a_picture_that_is_a_second_old_is_not_lost_by_renaming_over_it(
    relay: Relay, emulator: Emulator, bucket: str
) -> None:
    while not relay.state_file.exists():
        time.sleep(0.1)
    sent = []
    with ftplib.FTP(timeout=30) as ftp:
        ftp.connect("127.0.0.1", relay.port)
        ftp.login()
        ftp.mkd("storage/CAM")
        for number in range(ROUNDS):
            bodies = [f"{number} {which}".encode() for which in ("first", "second")]
            for name, body in zip(("a.jpg", "b.tmp"), bodies, strict=True):
                send(ftp, f"storage/CAM/{name}", body)
                time.sleep(PAUSE)
            assert ftp.rename("storage/CAM/b.tmp", "storage/CAM/a.jpg").startswith("250")
            sent += bodies
    deadline = time.monotonic() + 60
    while len(found := stored(emulator, bucket)) < len(sent) and time.monotonic() < deadline:
        time.sleep(1)
    assert found == sorted(sent)
