"""A day's pictures in capture order, each packed into some 150 bytes: an Object takes three times as much. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from .store import Object

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_HEAD = struct.Struct(">Q")
_TAIL = struct.Struct(">QQ")


class Roll:
    """Objects below one ``folder``, by the time given with each and then by name."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._records: list[bytes] = []

    def add(self, entry: Object, *, at: datetime) -> None:
        """Take an object of the folder, captured ``at``."""
        # What is sorted by comes first; neither ETag nor class holds a NUL, whatever the name does.
        words = (entry.key[len(self._folder) :], entry.etag, entry.storage_class)
        tail = _TAIL.pack(entry.size, (entry.modified - _EPOCH) // _TICK)
        self._records.append(_HEAD.pack((at - _EPOCH) // _TICK) + "\0".join(words).encode() + tail)

    def sort(self) -> None:
        """Put them in order."""
        self._records.sort()

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._records)

    def __iter__(self) -> Iterator[Object]:
        """Yield them, in order once they are sorted."""
        for record in self._records:
            name, etag, storage_class = record[_HEAD.size : -_TAIL.size].decode().rsplit("\0", 2)
            size, modified = _TAIL.unpack_from(record, len(record) - _TAIL.size)
            yield Object(self._folder + name, size, etag, _EPOCH + modified * _TICK, storage_class)
