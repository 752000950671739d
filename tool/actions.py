"""What can be done: each action is a module of library/, the words it takes for it, and what of its result is shown."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tool import shown
from tool.progress import Counts
from tool.shown import Result

Show = Callable[[Result], Iterable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action. ``takes`` words of the command line, each for an option of the module, and no others.

    ``needs`` are those that must be given, ``always`` options that no word says; ``counts`` what its progress is
    counted by, and ``total`` reads from a plan how much there is to do; ``plan`` is what makes it where a plan would
    take as long as the work. ``notes`` go to a person with the message.
    ``tells`` its data whenever it runs; one that does not, only when it is asked: cron mails whatever a job prints.
    ``deletes`` for good, so only with --delete. ``plans`` only ever says what would be done.
    """

    about: str
    module: str
    takes: Mapping[str, str]
    data: Show
    needs: tuple[str, ...] = ()
    always: Callable[[Namespace], Mapping[str, Any]] = lambda _: {}
    notes: Show = lambda _: ()
    counts: Counts | None = None
    total: Callable[[Result], int] | None = None
    plan: str = ""
    tells: bool = False
    deletes: bool = False
    plans: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Return the words that it takes."""
        return (*self.takes, "delete") if self.deletes else tuple(self.takes)


_CAMERA = {"camera": "camera"}
_CAMERAS = {"camera": "cameras"}
_PATTERN = {"pattern": "pattern"}
_DATE = {"date": "date"}
_DAYS = _DATE | {"from": "from", "to": "to"}
_AGE = {"older_than": "older_than_days"}

_SORT: dict[str, Any] = {
    "module": "cctv_capture_sort",
    "data": shown.moves,
    "counts": Counts.COPIES,
    "total": lambda result: result["moved"],
}
_ARCHIVE: dict[str, Any] = {
    "module": "cctv_capture_archive",
    # The old toolkit's limit was of each camera, so that its lines archive a month of all of them.
    "always": lambda _: {"pattern": "*", "limit_per_camera": True},
    "data": shown.archives,
    "counts": Counts.PICTURES_READ,
    "total": lambda result: sum(archive["captures"] for archive in result["archives"]),
}
_RESTORE: dict[str, Any] = {"module": "cctv_capture_restore", "counts": Counts.BYTES_READ}
_RESTORED = _CAMERAS | _DAYS | {"pattern": "names", "tier": "tier", "destination": "destination"}
_PURGE: dict[str, Any] = {
    "module": "cctv_capture_purge",
    "takes": _CAMERAS | _AGE | {"archives": "include_archives"},
    "data": shown.changed_keys,
    "counts": Counts.DELETES,
    "total": lambda result: result["purged"]["captures"],
    "deletes": True,
}

ACTIONS: dict[str, Action] = {
    "list-cameras": Action(
        about="the cameras, one a line; -v counts what each has",
        module="cctv_camera_info",
        takes={},
        always=lambda given: {"details": given.verbose or given.json},
        data=shown.cameras,
    ),
    "list-camera-dirs": Action(
        about="the days that camera -m has, and the folder of its archives",
        module="cctv_capture_info",
        takes=_CAMERA,
        always=lambda _: {"list_captures": False},
        data=shown.folders,
        needs=("camera",),
    ),
    "list-camera-files": Action(
        about="the pictures of camera -m that are not sorted yet; -p takes some of them",
        module="tool.loose",
        takes=_CAMERA | _PATTERN,
        data=shown.keys,
        needs=("camera",),
    ),
    "list-camera-files-on-date": Action(
        about="the pictures of camera -m on day -d, loose, sorted or archived",
        module="cctv_capture_info",
        takes=_CAMERA | _DATE | _PATTERN,
        data=shown.keys,
        needs=("camera", "date"),
    ),
    "store-camera-files": Action(
        about="loose pictures of camera -m into the folders of their days; -p takes some of them",
        takes=_CAMERAS | {"pattern": "patterns"},
        needs=("camera",),
        **_SORT,
    ),
    "store-all-files": Action(about="the same for all cameras", takes={"pattern": "patterns"}, **_SORT),
    "archive-camera-folder-on-date": Action(
        about="day -d of camera -m into one archive in Glacier",
        takes=_CAMERAS | _DATE,
        needs=("camera", "date"),
        **_ARCHIVE,
    ),
    "archive-camera-folder-pattern": Action(
        about="the days of camera -m that -p matches, such as '*2021-12-*'",
        takes=_CAMERAS | _PATTERN | _AGE | {"limit": "limit"},
        needs=("camera",),
        **_ARCHIVE,
    ),
    "archive-all-by-pattern": Action(
        about="the same for all cameras; -d for one day of all",
        takes=_DATE | _PATTERN | _AGE | {"limit": "limit"},
        **_ARCHIVE,
    ),
    "quote": Action(
        about="what restoring would cost and how long it would take; nothing is asked for",
        takes=_RESTORED,
        data=shown.changed_keys,
        plans=True,
        **_RESTORE,
    ),
    "restore": Action(
        about="pictures of -d, or --from and --to, out of cold storage to --destination",
        takes=_RESTORED | {"keep": "days", "wait": "wait"},
        data=shown.places,
        tells=True,
        total=lambda result: result["quote"]["bytes"],
        **_RESTORE,
    ),
    "verify": Action(
        about="hold archives against their chain of hashes, byte by byte; --quick by S3's own checksums",
        module="cctv_verify",
        takes=_CAMERAS | _DAYS | {name: name for name in ("read", "public_key", "timestamp_certificates")},
        data=shown.findings,
        notes=shown.heads,
        counts=Counts.BYTES_READ,
        total=lambda result: result["bytes"],
        plan="tool.weigh",
        tells=True,
    ),
    "cleanup": Action(
        about="delete sorted days older than archive.keep_files_days of the configuration; only with --delete",
        **_PURGE,
    ),
    "purge": Action(
        about="delete days older than --older-than, archives too with --archives; only with --delete",
        needs=("older_than",),
        **_PURGE,
    ),
}
