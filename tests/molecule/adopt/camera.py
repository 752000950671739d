"""A camera that sends a picture a second, whatever is done to the relay: it notes which were acknowledged (226)."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from datetime import UTC, datetime
from ftplib import FTP, all_errors
from pathlib import Path

NOTES = Path("/var/log/camera")


def send(name: str) -> str:
    """Return the server's last word on one picture."""
    try:
        with FTP("127.0.0.1", timeout=20) as ftp:
            ftp.login("cctv", "the old password")
            ftp.cwd("storage")
            with suppress(all_errors):  # it is there
                ftp.mkd("CAM-EXT-009")
            ftp.cwd("CAM-EXT-009")
            return ftp.storbinary(f"STOR {name}", io.BytesIO(name.encode() * 100))
    except all_errors as error:
        return str(error) or type(error).__name__


def main() -> None:
    """Go on until stopped."""
    while True:
        name = f"192.168.1.72_01_{datetime.now(UTC):%Y%m%d%H%M%S%f}"[:-3] + "_MOTION_DETECTION.jpg"
        word = send(name)
        with NOTES.open("a") as notes:
            notes.write(f"{name} {word}\n")
        time.sleep(1)


if __name__ == "__main__":
    main()
