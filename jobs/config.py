"""``/etc/hkawstoolkit/config.yaml``: one file, the keys of the old toolkit included. Pure but for ``load``.

aws: {profile: hk-aws-toolkit, cctv_bucket: my-video-surveillance, cctv_region: eu-central-1}
archive: {batch_folder_limit: 31}            # the old toolkit's keys
cctv: {timezone: Europe/Kyiv}                # any knob of the playbooks, for all jobs
jobs:                                        # and for one of them
sort: {patterns: ["*.jpg"], limit_minutes: 50}
archive: {older_than_days: 30}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLAYBOOKS = {"sort": "captures_sort", "archive": "captures_archive", "purge": "captures_purge"}
_OLD_AWS = {
    "profile": "profile",
    "cctv_bucket": "bucket",
    "cctv_region": "region",
    "endpoint_url": "endpoint_url",
    "prefix": "prefix",
}
_WHICH = {
    "cameras",
    "date",
    "pattern",
    "patterns",
    "older_than_days",
    "index_only",
    "include_archives",
    "limit_minutes",
}
LIMIT_MINUTES = 50


class ConfigError(Exception):
    """The configuration cannot be used; the text says what to mend."""


@dataclass(frozen=True, slots=True)
class Job:
    """One scheduled job: the playbook, its knobs (``cctv_…``), and how long it may take."""

    name: str
    playbook: str
    knobs: Mapping[str, Any]
    limit_seconds: float


def load(path: Path) -> Mapping[str, Any]:
    """Read the file; ConfigError when it cannot be read, or does not hold sections of keys."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path} must hold sections such as aws: and jobs:.")
    try:
        for name in ("aws", "archive", "cctv", "jobs"):
            section(data, name)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    return data


def job(name: str, config: Mapping[str, Any]) -> Job:
    """Return job ``name`` as ``config`` wants it; ConfigError when there is no such job or no bucket."""
    if name not in PLAYBOOKS:
        raise ConfigError(f"There is no job {name!r}: choose one of {', '.join(PLAYBOOKS)}.")
    own = dict(section(section(config, "jobs"), name))
    minutes = own.pop("limit_minutes", LIMIT_MINUTES)
    knobs = shared(config, name) | own
    if not knobs.get("bucket"):
        raise ConfigError("No bucket: set aws.cctv_bucket.")
    return Job(name, PLAYBOOKS[name], {f"cctv_{key}": value for key, value in knobs.items()}, 60 * float(minutes))


def shared(config: Mapping[str, Any], name: str = "") -> dict[str, Any]:
    """Return what ``config`` says for all jobs, and of the old toolkit's keys what concerns job ``name``."""
    return _old_knobs(config, name) | dict(section(config, "cctv"))


def manner(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return how job ``name`` does its work, whoever asks: all of it but which pictures its schedule means."""
    own = section(section(config, "jobs"), name)
    return shared(config, name) | {key: value for key, value in own.items() if key not in _WHICH}


def _old_knobs(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    aws = {key.replace("-", "_"): value for key, value in section(config, "aws").items()}
    knobs = {knob: aws[key] for key, knob in _OLD_AWS.items() if aws.get(key)}
    archive = section(config, "archive")
    if name == "archive":
        if archive.get("batch_folder_limit"):
            knobs["limit"] = archive["batch_folder_limit"]
        if archive.get("glacier") is False:
            knobs["storage_class"] = "STANDARD"
    return knobs


def section(config: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return one section, empty where there is none; ConfigError when it holds no keys."""
    found = config.get(name) or {}
    if not isinstance(found, dict):
        raise ConfigError(f"{name}: must hold keys and values.")
    return found
