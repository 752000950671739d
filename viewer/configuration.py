"""What the administrator set: one YAML file, checked as a whole before anything starts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints

import yaml
from babel import Locale, UnknownLocaleError
from cctv.clock import Zones
from cctv.errors import CctvError
from cctv.store import Access

from viewer.passwords import is_hash

ATTEMPTS = 2
TIMEOUT = 7.0
"""Seconds of each attempt: after a quarter of a minute a page says that S3 does not answer, instead of spinning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The file's keys, with their defaults. ``users`` holds a password hash for each name."""

    bucket: str
    users: dict[str, str]
    prefix: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    restore_profile: str = ""
    timezone: str = ""
    camera_timezones: dict[str, str] = field(default_factory=dict)
    language: str = "en_GB"
    silent_after_hours: int = 24
    session_hours: int = 12
    cache_folder: str = "/var/cache/hk-aws-web"
    cache_megabytes: int = 512
    host: str = "127.0.0.1"
    port: int = 8181
    threads: int = 12
    trusted_proxy: str = ""

    def __post_init__(self) -> None:
        """Raise CctvError for what no viewer can run with."""
        if not self.users:
            raise CctvError("users: name at least one user with a password hash.")
        for name, its_hash in self.users.items():
            if not (isinstance(name, str) and isinstance(its_hash, str) and is_hash(its_hash)):
                raise CctvError(f"users: {name!r} has no password hash: make one with python -m viewer.passwords.")
        try:
            Locale.parse(self.language)
        except (UnknownLocaleError, ValueError) as error:
            raise CctvError(f"language: {self.language!r} is none: write it as en_GB or uk_UA.") from error
        self.zones()

    def zones(self) -> Zones:
        """Return the zone of each camera."""
        return Zones.load(self.timezone, self.camera_timezones)

    def access(self, profile: str) -> Access:
        """Return who talks to the bucket, with the patience of somebody who looks at a page."""
        return Access(
            bucket=self.bucket,
            endpoint_url=self.endpoint_url or None,
            region=self.region or None,
            profile=profile or None,
            attempts=ATTEMPTS,
            timeout=TIMEOUT,
        )


def load(path: Path) -> Configuration:
    """Read the file at ``path``; CctvError in one sentence when it is not a viewer's."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise CctvError(f"{path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise CctvError(f"{path} must hold keys and values.")
    return from_mapping(data, source=str(path))


def from_mapping(data: dict[str, Any], *, source: str) -> Configuration:
    """Build from plain values; CctvError that names the key which is unknown, missing or of the wrong type."""
    types = get_type_hints(Configuration)
    required = {f.name for f in dataclasses.fields(Configuration) if _is_required(f)}
    if unknown := sorted(map(str, data.keys() - types.keys())):
        raise CctvError(f"{source}: {unknown[0]} is not a setting of the viewer.")
    if missing := sorted(required - data.keys()):
        raise CctvError(f"{source}: {missing[0]} is missing.")
    for name, value in data.items():
        kind = dict if types[name] == dict[str, str] else types[name]
        if type(value) is not kind:
            raise CctvError(f"{source}: {name} must be of type {kind.__name__}.")
    return Configuration(**data)


def _is_required(entry: dataclasses.Field[Any]) -> bool:
    return entry.default is dataclasses.MISSING and entry.default_factory is dataclasses.MISSING
