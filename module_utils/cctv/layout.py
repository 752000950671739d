"""Where things lie in the bucket: keys from values and back. Pure; ``docs/key_layout.md`` shows examples."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

ARCHIVE_FOLDER = "archive"
RESTORED = ".cctv-restored"
"""What follows the name of a folder in the key that says: no camera, a restore brought this."""
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ARCHIVE = re.compile(
    r"(?P<day>\d{4}-\d{2}-\d{2})(?:\.(?P<number>\d{1,4}))?\.(?P<kind>tar\.gz|index\.json)(?:\.(?P<build>[0-9a-f]{32}))?"
)


class Location(StrEnum):
    """Which of the three stages of its life a picture is in."""

    LOOSE = "loose"
    SORTED = "sorted"
    ARCHIVED = "archived"


def parse_day(text: str) -> date | None:
    """Return the day that ``text`` names as ``YYYY-MM-DD``, or None when it is no day of the calendar."""
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class ArchiveName:
    """What a file name below ``CAM/archive/`` says.

    ``number`` is 0 for the day's first archive, 1 and up for supplements. ``build`` names the run that is
    writing an index not yet in its final place, and is empty otherwise.
    """

    day: date
    number: int
    is_index: bool
    build: str = ""


def parse_archive_name(name: str) -> ArchiveName | None:
    """Read a file name below ``CAM/archive/``; None when it is none of ours."""
    match = _ARCHIVE.fullmatch(name)
    if match is None:
        return None
    day = parse_day(match["day"])
    is_index = match["kind"] == "index.json"
    if day is None or (match["build"] and not is_index):
        return None
    return ArchiveName(day, int(match["number"] or 0), is_index, match["build"] or "")


@dataclass(frozen=True, slots=True)
class Layout:
    """The key grammar below an optional ``prefix`` (empty, or one that ends in ``/``: one per site)."""

    prefix: str = ""

    def __post_init__(self) -> None:
        # A slash too many, as in /cams//, would name a folder that nothing is in.
        object.__setattr__(self, "prefix", "".join(f"{part}/" for part in self.prefix.split("/") if part))

    def camera_folder(self, camera: str) -> str:
        """``CAM-EXT-001/``."""
        return f"{self.prefix}{camera}/"

    def day_folder(self, camera: str, day: date) -> str:
        """``CAM-EXT-001/2022-02-24/``."""
        return f"{self.prefix}{camera}/{day.isoformat()}/"

    def archive_folder(self, camera: str) -> str:
        """``CAM-EXT-001/archive/``."""
        return f"{self.prefix}{camera}/{ARCHIVE_FOLDER}/"

    def chain_folder(self, camera: str) -> str:
        """``CAM-EXT-001/archive/chain/``."""
        return f"{self.archive_folder(camera)}chain/"

    def link_key(self, camera: str, number: int) -> str:
        """``CAM-EXT-001/archive/chain/00000042.json``."""
        return f"{self.chain_folder(camera)}{number:08}.json"

    def archive_key(self, camera: str, day: date, number: int = 0) -> str:
        """``CAM-EXT-001/archive/2022-02-24.tar.gz``, or ``….1.tar.gz`` for the first supplement."""
        return f"{self.archive_folder(camera)}{_numbered(day, number)}.tar.gz"

    def index_key(self, camera: str, day: date, number: int = 0, *, build: str = "") -> str:
        """``CAM-EXT-001/archive/2022-02-24.index.json``; with ``build``, its name while the archive is written."""
        return f"{self.archive_folder(camera)}{_numbered(day, number)}.index.json{'.' if build else ''}{build}"

    def restored_key(self, folder: str) -> str:
        """``evidence.cctv-restored``, beside the folder ``evidence/``."""
        return f"{self.prefix}{folder}{RESTORED}"

    def below_prefix(self, key: str) -> str:
        """Return ``key`` as it would be without a prefix."""
        return key[len(self.prefix) :]

    def camera_of(self, key: str) -> str:
        """Return the camera that ``key`` lies below."""
        return self.below_prefix(key).partition("/")[0]

    def path_of(self, key: str) -> str:
        """Return the part of ``key`` below the camera's folder."""
        return self.below_prefix(key).partition("/")[2]


def _numbered(day: date, number: int) -> str:
    return f"{day.isoformat()}.{number}" if number else day.isoformat()


def distinct_name(path: str, etag: str) -> str:
    """Return ``path`` made distinct by its content: ``a.jpg`` becomes ``a~1f2e3d4c.jpg``.

    The same bytes always get the same name, so that a run that was cut short finds what it had done.
    """
    folder, slash, name = path.rpartition("/")
    stem, dot, extension = name.rpartition(".")
    mark = re.sub(r"[^0-9A-Za-z]", "", etag)[:8]
    renamed = f"{stem}~{mark}{dot}{extension}" if stem else f"{name}~{mark}"
    return f"{folder}{slash}{renamed}"
