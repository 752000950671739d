"""An archive's table of contents: JSON, one picture a line, enough to read any picture with one range request."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from .errors import CctvError
from .store import Head, Seal

FORMAT = "cctv-archive-index/1"
BUILD = "cctv-build"
"""The archive's metadata entry that names the run which wrote it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One picture in an archive.

    ``name`` is its key below the day's folder; ``captured_at`` ISO 8601 with offset; ``arrived_at`` when S3 took the
    object that was archived, by its own clock; ``size`` in bytes; ``etag`` what S3 called its bytes then; ``offset``
    and ``length`` the member's place in the archive.
    """

    name: str
    captured_at: str
    time_source: str
    event: str
    size: int
    sha256: str
    etag: str
    offset: int
    length: int
    arrived_at: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """The contents of one archive, in the archive's order. ``build`` is also in the archive's metadata."""

    camera: str
    day: date
    key: str
    build: str
    seal: Seal
    captures: tuple[Entry, ...]

    def fits(self, head: Head) -> bool:
        """Say whether ``head`` is of the very archive that this index was written for."""
        return is_written_as(head, build=self.build, seal=self.seal)


def is_written_as(head: Head, *, build: str, seal: Seal) -> bool:
    """Say whether S3 states of an archive what was computed while ``build`` wrote it."""
    return head.metadata.get(BUILD, "") == build and seal.fits(size=head.size, etag=head.etag, sums=head.sums)


class IndexWriter:
    """Writes the document as it goes, packed: the index of a day of many thousand pictures stays small in memory."""

    def __init__(self) -> None:
        self._packed = io.BytesIO()
        self._lines = gzip.GzipFile(fileobj=self._packed, mode="wb", compresslevel=1)
        self._lines.write(b'{"captures": [')
        self.count = 0

    def add(self, entry: Entry) -> None:
        """Append one picture."""
        line = (",\n" if self.count else "\n") + json.dumps(asdict(entry), ensure_ascii=False)
        self._lines.write(line.encode())
        self.count += 1

    def document(self, *, camera: str, day: date, key: str, build: str, seal: Seal) -> gzip.GzipFile:
        """Complete the index of the archive at ``key`` and return it as a file, which unpacks as it is read."""
        archive = {"key": key, "build": build, **asdict(seal)}
        head = {"format": FORMAT, "camera": camera, "date": day.isoformat(), "archive": archive}
        self._lines.write(b"\n], " + json.dumps(head)[1:].encode() + b"\n")
        self._lines.close()
        self._packed.seek(0)
        return gzip.GzipFile(fileobj=self._packed)


def parse_index(document: bytes, *, name: str) -> Index:
    """Read an index; CctvError when it is damaged."""
    try:
        data = json.loads(document)
        if data["format"] != FORMAT:
            raise CctvError(f"{name} has the format {data['format']!r}, which this version does not know.")
        archive = data["archive"]
        key, build = archive.pop("key"), archive.pop("build")
        return Index(
            camera=data["camera"],
            day=date.fromisoformat(data["date"]),
            key=key,
            build=build,
            seal=Seal(**archive),
            captures=tuple(_entry(fields) for fields in data["captures"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise CctvError(f"{name} is damaged ({error}).") from error


def _entry(fields: dict[str, Any]) -> Entry:
    entry = Entry(**fields)
    if not all(isinstance(number, int) and number >= 0 for number in (entry.size, entry.offset, entry.length)):
        raise ValueError(f"{entry.name} has no place in the archive")
    return entry
