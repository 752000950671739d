"""What systemd wants to hear (sd_notify): ready, still alive, and one line on how things stand."""

from __future__ import annotations

import os
import socket


def notify(message: str) -> None:
    """Send ``message`` to the service manager; nothing happens where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(message.encode(), "\0" + address[1:] if address.startswith("@") else address)
