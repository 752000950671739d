"""What the configuration file and the command line say together, as the options of a module."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from jobs.config import ConfigError, load, manner, section, shared
from tool.actions import Action
from tool.command_line import CONFIG

ACCESS = ("bucket", "prefix", "profile", "region", "endpoint_url", "timezone")
"""Options of every module that the command line may set over the file's."""
JOBS = {"cctv_capture_sort": "sort", "cctv_capture_archive": "archive", "cctv_capture_purge": "purge"}


def read(given: Namespace) -> Mapping[str, Any]:
    """Return the configuration; with --bucket on the command line the usual file need not be there."""
    if given.bucket and given.config == CONFIG and not Path(CONFIG).exists():
        return {}
    try:
        return load(Path(given.config))
    except ConfigError as error:
        hint = "" if os.access(given.config, os.R_OK) else " Name another with -c, say --bucket, or run this as root."
        raise CctvError(f"{error}{hint}") from error


def options(action: Action, given: Namespace, config: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return the module's options, each of its type; CctvError names the one that cannot be used."""
    try:
        job = JOBS.get(action.module, "")
        wanted = (manner(config, job) if job else shared(config)) | _retention(given, config)
    except ConfigError as error:
        raise CctvError(f"{given.config}: {error}") from error
    wanted |= {name: value for name in ACCESS if (value := getattr(given, name))}
    wanted |= action.always(given)
    for word, option in action.takes.items():
        if (value := getattr(given, word)) is not None:
            wanted[option] = [value] if spec[option]["type"] == "list" and not isinstance(value, list) else value
    if not wanted.get("bucket"):
        raise CctvError(f"No bucket: set aws.cctv_bucket in {given.config}, or give --bucket.")
    checked = ArgumentSpecValidator(spec).validate({name: wanted[name] for name in spec.keys() & wanted.keys()})
    if checked.error_messages:
        raise CctvError(f"{checked.error_messages[0]}.")
    return dict(checked.validated_parameters)


def _retention(given: Namespace, config: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the old toolkit's cleanup goes by: it promised to delete, and never did."""
    archive = section(config, "archive")
    if given.action != "cleanup":
        return {}
    if archive.get("purge_permanently") is False:
        raise CctvError("archive.purge_permanently is false: cleanup deletes nothing; archive the days instead.")
    days = archive.get("keep_files_days")
    if days is None and given.older_than is None:
        raise CctvError("Say from which age days are deleted: archive.keep_files_days, or --older-than DAYS.")
    return {"older_than_days": days}


def use_credentials(config: Mapping[str, Any]) -> None:
    """Let the file that the configuration names serve whoever may read it, root included."""
    file = str(section(config, "aws").get("credentials_file") or "")
    if file and os.access(file, os.R_OK):
        os.environ.setdefault("AWS_SHARED_CREDENTIALS_FILE", file)
