"""A zip written to whoever takes its bytes: stored, not compressed, for pictures do not shrink."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Any

from cctv.layout import distinct_name

_FORBIDDEN = '<>:"\\|?*'


class _Pipe(io.RawIOBase):
    """Collects what the zip writer writes until it is taken; cannot be sought in, as a socket cannot."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken, self._pieces = b"".join(self._pieces), []
        return taken


class ZipStream:
    """Yields a zip piece by piece. Its sizes may pass 4 GB; its table of contents alone is kept in memory."""

    def __init__(self) -> None:
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_STORED)
        self._file: IO[bytes] | None = None
        self._paths: set[str] = set()

    def free_path(self, path: str, digest: str) -> str:
        """Return ``path``, made distinct where it is taken."""
        while path.casefold() in self._paths:
            path = distinct_name(path, digest)
        self._paths.add(path.casefold())
        return path

    def add(self, path: str, pieces: Iterable[bytes | memoryview], moment: datetime) -> Iterator[bytes]:
        """Yield the bytes of one file as its ``pieces`` come; where they raise, ``close_file`` must be called."""
        info = zipfile.ZipInfo(path, max(moment, moment.replace(year=1980)).timetuple()[:6])
        info.external_attr = 0o644 << 16
        self._file = self._zip.open(info, "w", force_zip64=True)
        for piece in pieces:
            self._file.write(piece)
            yield self._pipe.take()
        yield from self.close_file()

    def close_file(self) -> Iterator[bytes]:
        """Yield the end of the file that was begun."""
        if self._file:
            self._file.close()
        yield self._pipe.take()

    def end(self) -> Iterator[bytes]:
        """Yield the table of contents."""
        self._zip.close()
        yield self._pipe.take()


def safe_path(*parts: str) -> str:
    """Return a path that every system can unpack, and that cannot leave the folder it is unpacked in."""
    segments = [_safe(segment) for part in parts for segment in part.split("/")]
    return "/".join(segment for segment in segments if segment)


def _safe(segment: str) -> str:
    harmless = "".join("_" if char in _FORBIDDEN or not char.isprintable() else char for char in segment)
    return "_" if harmless in {".", ".."} else harmless.rstrip(". ") or "_" * bool(harmless)
