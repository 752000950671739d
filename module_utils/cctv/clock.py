"""Which zone a camera's wall clock shows. The default is the host's own zone."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .errors import CctvError
from .selection import matches


def load_zone(name: str) -> ZoneInfo:
    """Return the zone called ``name``; empty means the host's. CctvError when no such zone exists."""
    if not name:
        return _host_zone()
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise CctvError(f"timezone: there is no zone {name!r}: use an IANA name such as Europe/Kyiv.") from error


def _host_zone() -> ZoneInfo:
    """Return the zone that TZ names, by name or by file, else that of /etc/localtime."""
    name = os.environ.get("TZ", "").removeprefix(":")
    try:
        if name and not name.startswith("/"):
            return ZoneInfo(name)
        with open(name or "/etc/localtime", "rb") as file:
            return ZoneInfo.from_file(file)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        if not name:
            return ZoneInfo("UTC")
        raise CctvError(
            f"The environment variable TZ names no zone, {name!r}: set it to one such as Europe/Kyiv."
        ) from error


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone of each camera: the first glob of ``by_camera`` that matches, else ``default``."""

    default: ZoneInfo
    by_camera: Mapping[str, ZoneInfo] = field(default_factory=dict)

    @classmethod
    def load(cls, default: str, by_camera: Mapping[str, str] | None = None) -> Zones:
        """Build from zone names; CctvError for an unknown one."""
        return cls(load_zone(default), {glob: load_zone(str(name)) for glob, name in (by_camera or {}).items()})

    def of(self, camera: str) -> ZoneInfo:
        """Return the zone of ``camera``."""
        return next((zone for glob, zone in self.by_camera.items() if matches(camera, glob)), self.default)

    def today(self, camera: str, now: datetime) -> date:
        """Return the day it is at ``camera``."""
        zone: tzinfo = self.of(camera)
        return now.astimezone(zone).date()
