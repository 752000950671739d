"""Prove that the mount works: write a file, have S3 confirm it, read it, remove it, all within a time limit."""

from __future__ import annotations

import os
import secrets
import sys

import mountpoint
import settings
from limit import within
from settings import Settings

SECONDS = 30


def prove(told: Settings) -> None:
    """Raise an OSError unless a file can be written, read back and removed."""
    file = told.path / f".s3_mount.{secrets.token_hex(8)}"
    content = secrets.token_bytes(1024)
    with file.open("wb") as copy:
        copy.write(content)
        copy.flush()
        os.fsync(copy.fileno())
    read = file.read_bytes()
    file.unlink()
    if read != content:
        raise OSError(5, "what was read is not what was written")


def main() -> int:
    """Say in one sentence whether the bucket takes files."""
    told = settings.read()
    state = mountpoint.health(told)
    if state == mountpoint.HEALTHY:
        try:
            within(SECONDS, lambda: prove(told))
        except OSError as error:
            state = str(error)
    if state == mountpoint.HEALTHY:
        return 0
    print(
        f"The bucket cannot be used through {told.path} ({state}): check the bucket's name, the endpoint, the key and "
        "its permissions, and the network; journalctl -t s3fs says more.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
