"""A relay as site.yml makes it, in a container with systemd, for either way of taking pictures in."""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from demo.relay import ACCOUNT, Relay
from tests.chaos.faults import Scene
from tests.chaos.network import Line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.client import Emulator

BUCKET = "my-video-surveillance"
FUSE = ("--cap-add=SYS_ADMIN", "--device=/dev/fuse", "--security-opt=seccomp=unconfined")
SETTLED = 25.0
"""Seconds that the mount's watchdog has to be content: it looks every twenty."""


class Deployed:
    """What the faults and the books need of a relay; the local one of relay.py has the same."""

    bucket = BUCKET

    def __init__(self, way: str, relay: Relay) -> None:
        self.way = way
        self._relay = relay
        self.port = relay.port
        self.login = (ACCOUNT, relay.password)

    def restart_ftp(self) -> None:
        self._relay.inside("systemctl restart vsftpd")

    def kill_forwarder(self) -> None:
        self._relay.inside("systemctl kill --signal=KILL cctv-forwarder")

    def freeze_forwarder(self, *, frozen: bool) -> None:
        self._relay.inside(f"systemctl kill --signal={'STOP' if frozen else 'CONT'} cctv-forwarder")

    def kill_s3fs(self, name: str) -> None:
        self._relay.inside(f"pkill -{name} -x s3fs")

    def unmount(self) -> None:
        self._relay.inside("umount --lazy /var/lib/cctv/storage")

    def left(self) -> list[str]:
        """Pictures on the relay's disk that the bucket may not have."""
        folder = "/var/lib/cctv/" + {"spool": "storage", "mount": ".storage.stranded"}[self.way]
        # Twice, or a file that moves from one folder to another meanwhile is missed.
        found = self._relay.inside(f"find {folder} {folder} -xdev -type f -size +0 -not -name uploads.log")
        return sorted(set(found.splitlines()))

    def set_aside(self) -> list[str]:
        return [name for name in self.left() if "/.rejected/" in name and not name.endswith(".txt")]

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nothing is on its way any more."""
        deadline, well = time.monotonic() + seconds, time.monotonic()
        while (now := time.monotonic()) < deadline:
            if any("/.rejected/" not in name for name in self.left()) or not self._is_mounted():
                well = now
            elif now - well >= (SETTLED if self.way == "mount" else 0):
                return True
            time.sleep(1)
        return False

    def _is_mounted(self) -> bool:
        if self.way == "spool":
            return True
        status: dict[str, Any] = json.loads(self._relay.inside("cat /run/s3_mount/status.json") or "{}")
        return status.get("state") == "healthy" and status.get("waiting") == 0

    def clear(self, emulator: Emulator) -> None:
        """Empty the bucket, for the next fault."""
        s3 = emulator.boto3_client()
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            keys = [{"Key": entry["Key"]} for entry in page.get("Contents", ()) if not entry["Key"].endswith("/")]
            if keys:
                s3.delete_objects(Bucket=BUCKET, Delete={"Objects": keys})
        emulator.reset()


@contextmanager
def deployed(way: str, emulator: Emulator) -> Iterator[Scene]:
    """Make a relay for ``way`` (spool or mount) and a line from it to the emulator; gone with the block."""
    folder = Path(tempfile.mkdtemp(prefix="cctv-chaos-"))
    address = urlsplit(emulator.url)
    assert address.hostname
    assert address.port
    line = Line((address.hostname, address.port), folder / "hosts")
    line.start()
    relay = Relay(folder, f"chaos-{way}")
    try:
        relay.boot(f"--volume={line.hosts}:/etc/hosts", *FUSE)
        relay.deploy(
            emulator.environment,
            cctv_ingest=way,
            cctv_bucket=BUCKET,
            cctv_region="us-east-1",
            cctv_timezone="UTC",
            cctv_endpoint_url=emulator.url,
            forwarder_endpoint_url=line.url,
            s3_mount_endpoint_url=line.url,
        )
        yield Scene(Deployed(way, relay), emulator, line, None)
    finally:
        relay.remove()
        line.stop()
        shutil.rmtree(folder, ignore_errors=True)
