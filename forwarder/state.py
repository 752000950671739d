"""What the service knows of itself, as it stands in the state file: written whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cctv.errors import CctvError


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera; times in seconds since 1970, None where nothing is known yet."""

    waiting: int = 0
    oldest_waiting: float | None = None
    last_picture: float | None = None
    sent: int = 0
    median_seconds: float | None = None
    p99_seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The whole service."""

    written: float
    started: float
    uplink: str
    uplink_reason: str
    uplink_since: float
    waiting: int
    waiting_bytes: int
    sent: int
    failed_attempts: int
    set_aside: int
    thinned: int
    unsettled: int
    room: str
    free_bytes: int
    durable: str  # empty, or the sentence that says why not
    upload_log: bool
    counting: bool = False  # what waits on disk is still being looked through
    unreadable: int = 0  # folders of cameras that cannot be looked into
    watched: bool = True  # the kernel tells of every file at once
    cameras: Mapping[str, Camera] = field(default_factory=dict)

    def write(self, path: Path) -> None:
        """Replace the state file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(".new")
        new.write_text(json.dumps(asdict(self), indent=1))
        os.replace(new, path)


def read(path: Path) -> State:
    """Read the state file; CctvError when the service has not written one."""
    try:
        given: dict[str, Any] = json.loads(path.read_text())
        cameras = {name: Camera(**camera) for name, camera in given.pop("cameras").items()}
        return State(**given, cameras=cameras)
    except FileNotFoundError as error:
        raise CctvError(f"There is no {path}: is the forwarder running? (systemctl status cctv-forwarder)") from error
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise CctvError(f"{path} cannot be read: {error}") from error
