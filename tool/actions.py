"""What can be done: each action is a module of library/, options for it, and what of its result is the data."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tool.progress import Counts

Result = Mapping[str, Any]
Options = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. ``needs`` are options that must be given, ``counts`` what its progress is counted by.

    ``total`` reads from a plan how much there is to do. ``tells`` its data whenever it runs; one that does not, only
    when it is asked: cron mails whatever a job prints. ``deletes`` for good, so only with --force. ``plans`` only ever
    says what would be done.
    """

    about: str
    module: str
    options: Callable[[Namespace], Options]
    data: Callable[[Result], Iterable[str]]
    needs: tuple[str, ...] = ()
    counts: Counts | None = None
    total: Callable[[Result], int] | None = None
    tells: bool = False
    deletes: bool = False
    plans: bool = False


def _archived(given: Namespace) -> Options:
    return {"date": given.date, "pattern": given.pattern, "older_than_days": given.older_than, "limit": given.limit}


def _one_camera(given: Namespace) -> Options:
    return {"cameras": [given.camera] if given.camera else None}


def _restored(given: Namespace) -> Options:
    names = {"names": [given.pattern] if given.pattern else None, "tier": given.tier, "days": given.keep}
    place = {"destination": given.destination, "wait": given.wait}
    days = {"date": given.date, "from": getattr(given, "from"), "to": given.to}
    return _one_camera(given) | days | names | place


def _verified(given: Namespace) -> Options:
    days = {"date": given.date, "from": getattr(given, "from"), "to": given.to}
    vouching = {"public_key": given.public_key, "timestamp_certificates": given.timestamp_certificates}
    return _one_camera(given) | days | {"read": False if given.quick else None} | vouching


def _purged(given: Namespace) -> Options:
    return _one_camera(given) | {"older_than_days": given.older_than, "include_archives": given.archives}


def _keys(result: Result) -> Iterable[str]:
    """Yield the key of each picture; ``ARCHIVE!/NAME`` for one in an archive."""
    for row in result["captures"]:
        yield f"{row['key']}!/{row['name']}" if row["location"] == "archived" else row["key"]


def _cameras(result: Result) -> Iterable[str]:
    """Yield the names, and after a tab what each has where it was counted."""
    for camera in result["cameras"]:
        parts = [camera["name"]]
        if "loose" in camera:
            parts += [f"{camera[what]} {what.replace('_', ' ')}" for what in ("loose", "sorted_days", "archived_days")]
        yield "\t".join(parts)


def _folders(result: Result) -> Iterable[str]:
    """Yield the folders of a camera: its days, and the one of its archives."""
    yield from (f"{row['camera']}/{row['date']}" for row in result["days"] if row["location"] == "sorted")
    yield from {f"{row['camera']}/archive" for row in result["days"] if row["location"] == "archived"}


def _changed_keys(result: Result) -> Iterable[str]:
    yield from (result["diff"]["after"] or result["diff"]["before"]).splitlines()


def _in_archives(result: Result) -> int:
    return sum(archive["captures"] for archive in result["archives"])


_ARCHIVE: dict[str, Any] = {
    "module": "cctv_capture_archive",
    "data": lambda result: [archive["key"] for archive in result["archives"]],
    "counts": Counts.PICTURES_READ,
    "total": _in_archives,
}
_SORT: dict[str, Any] = {
    "module": "cctv_capture_sort",
    "data": lambda result: [move["destination"] for move in result["moves"]],
    "counts": Counts.COPIES,
    "total": lambda result: result["moved"],
}
_PURGE: dict[str, Any] = {
    "module": "cctv_capture_purge",
    "options": _purged,
    "data": _changed_keys,
    "counts": Counts.DELETES,
    "total": lambda result: result["purged"]["captures"],
    "deletes": True,
}
_RESTORE: dict[str, Any] = {"module": "cctv_capture_restore", "options": _restored, "counts": Counts.BYTES_READ}

ACTIONS: dict[str, Action] = {
    "list-cameras": Action(
        about="the cameras, one a line; -v counts what each has",
        module="cctv_camera_info",
        options=lambda given: {"details": given.verbose or given.json},
        data=_cameras,
    ),
    "list-camera-dirs": Action(
        about="the days that camera -m has, and the folder of its archives",
        module="cctv_capture_info",
        options=lambda given: {"camera": given.camera, "list_captures": False},
        data=_folders,
        needs=("camera",),
    ),
    "list-camera-files": Action(
        about="the pictures of camera -m that are not sorted yet; -p takes some of them",
        module="tool.loose",
        options=lambda given: {"camera": given.camera, "pattern": given.pattern},
        data=_keys,
        needs=("camera",),
    ),
    "list-camera-files-on-date": Action(
        about="the pictures of camera -m on day -d, loose, sorted or archived",
        module="cctv_capture_info",
        options=lambda given: {"camera": given.camera, "date": given.date, "pattern": given.pattern},
        data=_keys,
        needs=("camera", "date"),
    ),
    "store-camera-files": Action(
        about="loose pictures of camera -m into the folders of their days; -p takes some of them",
        options=lambda given: _one_camera(given) | {"patterns": given.pattern and [given.pattern]},
        needs=("camera",),
        **_SORT,
    ),
    "store-all-files": Action(
        about="the same for all cameras",
        options=lambda given: {"patterns": given.pattern and [given.pattern]},
        **_SORT,
    ),
    "archive-camera-folder-on-date": Action(
        about="day -d of camera -m into one archive in Glacier",
        options=lambda given: _one_camera(given) | _archived(given),
        needs=("camera", "date"),
        **_ARCHIVE,
    ),
    "archive-camera-folder-pattern": Action(
        about="the days of camera -m that -p matches, such as '*2021-12-*'",
        options=lambda given: _one_camera(given) | {"pattern": "*"} | _given(_archived(given)),
        needs=("camera",),
        **_ARCHIVE,
    ),
    "archive-all-by-pattern": Action(
        about="the same for all cameras",
        options=lambda given: {"pattern": "*"} | _given(_archived(given)),
        **_ARCHIVE,
    ),
    "quote": Action(
        about="what restoring would cost and how long it would take; nothing is asked for",
        data=_changed_keys,
        plans=True,
        **_RESTORE,
    ),
    "restore": Action(
        about="pictures of -d, or --from and --to, out of cold storage to --destination",
        data=lambda result: [picture["path"] for picture in result["restored"]],
        tells=True,
        total=lambda result: result["quote"]["bytes"],
        **_RESTORE,
    ),
    "verify": Action(
        about="hold archives against their chain of hashes, byte by byte; --quick by S3's own checksums",
        module="cctv_verify",
        options=_verified,
        data=lambda result: [f"{it['finding']}: {it['key']} {it['name']}".rstrip() for it in result["findings"]],
        counts=Counts.BYTES_READ,
        tells=True,
    ),
    "cleanup": Action(
        about="delete sorted days older than archive.keep_files_days of the configuration; only with -f",
        **_PURGE,
    ),
    "purge": Action(
        about="delete days older than --older-than, archives too with --archives; only with -f",
        needs=("older_than",),
        **_PURGE,
    ),
}


def _given(options: Options) -> Options:
    return {name: value for name, value in options.items() if value is not None}
