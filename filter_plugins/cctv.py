"""Filters over keys and sizes, for playbooks and reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ansible.module_utils
from ansible.errors import AnsibleFilterError

# Filters do not get the project's module_utils by ansible.cfg, only modules do.
_OURS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _OURS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_OURS)

from ansible.module_utils.cctv.capture import read
from ansible.module_utils.cctv.clock import load_zone
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.layout import Layout

_LATER = datetime(9000, 1, 1, tzinfo=UTC)  # when no arrival is known: nothing is captured after it


def capture_camera(key: str, prefix: str = "") -> str:
    """Return the camera of a key: ``CAM-EXT-001/a.jpg`` is of ``CAM-EXT-001``; empty for one in no camera's folder."""
    layout, text = Layout(prefix), _text(key, "capture_camera")
    camera: str = layout.camera_of(text)
    return camera if text.startswith(layout.camera_folder(camera)) else ""


def capture_date(key: str, timezone: str = "", prefix: str = "") -> str:
    """Return the day that a key says its picture was captured, empty when it says nothing."""
    try:
        zone = load_zone(timezone)
    except CctvError as error:
        raise AnsibleFilterError(str(error)) from error
    reading = read(Layout(prefix).path_of(_text(key, "capture_date")), arrived_at=_LATER, zone=zone)
    return reading.captured_at.date().isoformat() if reading.time_source != "arrival" else ""


def human_bytes(size: float) -> str:
    """Return a size as people read it: 1500 is ``1.5 kB``."""
    if isinstance(size, bool) or not isinstance(size, (int, float)):
        raise AnsibleFilterError(f"human_bytes wants a number, not {size!r}")
    for unit in ("B", "kB", "MB", "GB", "TB"):
        shown = round(size, 0 if unit == "B" else 1)
        if abs(shown) < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{shown:.0f} B" if unit == "B" else f"{shown:.1f} {unit}"


def _text(key: Any, name: str) -> str:
    if not isinstance(key, str):
        raise AnsibleFilterError(f"{name} wants a key, not {key!r}")
    return key


class FilterModule:
    """The filters by name."""

    def filters(self) -> dict[str, Callable[..., str]]:
        """Return them to Ansible."""
        return {"capture_camera": capture_camera, "capture_date": capture_date, "human_bytes": human_bytes}
