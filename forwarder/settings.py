"""What the owner decides: /etc/hkawstoolkit/forwarder.yaml, each line of it also as ``FORWARDER_<NAME>``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml
from cctv.clock import Zones
from cctv.errors import CctvError
from cctv.layout import Layout
from cctv.store import Access, Store

FILE = Path("/etc/hkawstoolkit/forwarder.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Every setting with its default. Credentials come from the AWS profile, or the usual AWS variables."""

    bucket: str
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    timezone: str = ""
    camera_timezones: Mapping[str, str] = field(default_factory=dict)
    spool: str = "/var/lib/cctv/storage"
    upload_log: str = "/var/lib/cctv/storage/.queue/uploads.log"
    state_file: str = "/run/cctv/status.json"
    connections: int = 8
    patience: float = 60.0
    free_floor_mb: int = 512
    thin_oldest: bool = False
    unnamed_camera: str = "UNNAMED"
    temporary_names: tuple[str, ...] = ("*.tmp", "*.temp", "*.part", "*.filepart", "*.upload")

    def layout(self) -> Layout:
        """Return the key grammar."""
        return Layout(self.prefix)

    def zones(self) -> Zones:
        """Return the zones of the cameras; CctvError for an unknown one."""
        return Zones.load(self.timezone, self.camera_timezones)

    def store(self) -> Store:
        """Connect; one try a call and no pace, since the courier has pauses and an uplink of its own."""
        return Store(
            Access(
                bucket=self.bucket,
                endpoint_url=self.endpoint_url or None,
                region=self.region or None,
                profile=self.profile or None,
                attempts=1,
                paced=False,
                timeout=self.patience,
            )
        )


def load(file: Path, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read ``file``, if there is one, and the environment; CctvError says what is wrong in one sentence."""
    try:
        given = yaml.safe_load(file.read_text()) or {}
    except FileNotFoundError:
        given = {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CctvError(f"{file} cannot be read: {' '.join(str(error).split())}") from error
    known = {entry.name: entry for entry in fields(Settings)}
    if not isinstance(given, dict) or not given.keys() <= known.keys():
        wrong = ", ".join(sorted(map(str, set(given) - known.keys()))) or "its content"
        raise CctvError(f"{file}: {wrong} is no setting: use {', '.join(known)}.")
    for name in known:
        text = environment.get(f"FORWARDER_{name.upper()}")
        if text is not None:
            given[name] = yaml.safe_load(text) if text else ""
    if not given.get("bucket"):
        raise CctvError(f"Set bucket in {file}: the forwarder has to know where the pictures go.")
    return Settings(**{name: _typed(file, name, value, known[name].type) for name, value in given.items()})


def _typed(file: Path, name: str, value: Any, kind: Any) -> Any:
    """Return ``value`` as the setting's type; the annotations are text."""
    match kind:
        case "str":
            fits = isinstance(value, (str, int, float)) and not isinstance(value, bool)
            value = str(value)
        case "int" | "float":
            fits = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= (name == "connections")
        case "bool":
            fits = isinstance(value, bool)
        case "tuple[str, ...]":
            fits = isinstance(value, list)
            value = tuple(map(str, value)) if fits else value
        case _:
            fits = isinstance(value, dict)
    if not fits:
        raise CctvError(f"{file}: {name} cannot be {value!r}: give {_KINDS.get(str(kind), 'a map')}.")
    return value


_KINDS = {
    "str": "a text",
    "int": "a number that is not negative",
    "float": "a number that is not negative",
    "bool": "true or false",
    "tuple[str, ...]": "a list",
}
