"""An archive's table of contents: JSON, one picture a line, enough to read any picture with one range request."""

from __future__ import annotations

import gzip
import io
import json
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from itertools import pairwise
from typing import Any, TypeVar

from .errors import DamagedError
from .store import Head, Seal
from .tarball import GZIP_HEADER, LONGEST_END, LONGEST_GAP

FORMAT = "cctv-archive-index/1"
BUILD = "cctv-build"
"""The archive's metadata entry that names the run which wrote it."""

Stated = TypeVar("Stated")


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


_KINDS: dict[type, dict[str, Any]] = {
    kind: {part.name: int if part.type == "int" else str for part in fields(kind)} for kind in (Entry, Seal)
}


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

    def is_of(self, camera: str, day: date, key: str) -> bool:
        """Say whether it names this camera, day and archive as its own."""
        return (self.camera, self.day, self.key) == (camera, day, key)

    def is_complete(self) -> bool:
        """Say whether the pictures lie side by side from the archive's first byte to its last: none is left out.

        Between those of the old toolkit, whose archives name no build, lie the headers of their gzip streams.
        """
        places = sorted((entry.offset, entry.offset + entry.length) for entry in self.captures)
        gaps = [start - end for (_, end), (start, _) in pairwise([(0, 0), *places])]
        rest = self.seal.bytes - places[-1][1] if places else -1
        if self.build:
            return gaps[:1] == [len(GZIP_HEADER)] and not any(gaps[1:]) and 0 < rest <= LONGEST_END
        return all(len(GZIP_HEADER) <= gap <= LONGEST_GAP for gap in gaps) and 0 <= rest <= LONGEST_END


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
    """Read an index; DamagedError when it is none."""
    try:
        data = json.loads(document)
        if data["format"] != FORMAT:
            raise DamagedError(f"{name} has the format {data['format']!r}, which this version does not know.")
        if not data["captures"]:
            raise DamagedError(f"{name} names no picture, and no archive is written of none.")
        archive = data["archive"]
        return Index(
            camera=_text(data["camera"]),
            day=date.fromisoformat(data["date"]),
            key=_text(archive.pop("key")),
            build=_text(archive.pop("build")),
            seal=_stated(Seal, archive),
            captures=tuple(_entry(stated) for stated in data["captures"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedError(f"{name} is damaged ({error}).") from error


def _text(value: Any) -> str:
    if type(value) is not str:
        raise TypeError(f"{value!r:.40} is no text")
    value.encode()
    return value


def _entry(stated: dict[str, Any]) -> Entry:
    entry = _stated(Entry, stated)
    if not entry.name or datetime.fromisoformat(entry.captured_at).tzinfo is None:
        raise ValueError("a picture without name or time")
    return entry


def _stated(kind: type[Stated], stated: dict[str, Any]) -> Stated:
    """Return what is stated, each value of its kind; no half of a character, which JSON can say and UTF-8 cannot."""
    kinds = _KINDS[kind]
    for name, value in stated.items():
        if type(value) is not kinds[name]:
            raise TypeError(f"{name} is no {kinds[name].__name__}")
        if kinds[name] is str:
            value.encode()
        elif value < 0:
            raise ValueError(f"{name} is less than nothing")
    return kind(**stated)
