"""Small files on disk up to a number of bytes, the least recently used going first. Safe to delete at any time."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path


class DiskCache:
    """Holds byte strings by a name of letters and digits."""

    def __init__(self, folder: Path, *, capacity: int) -> None:
        self._folder = folder
        self._capacity = capacity
        self._lock = threading.Lock()
        self._sizes: OrderedDict[str, int] = OrderedDict()
        folder.mkdir(parents=True, exist_ok=True)
        self._bytes = 0
        self._adopt()

    @property
    def held(self) -> int:
        """Bytes held."""
        return self._bytes

    def get(self, name: str) -> bytes | None:
        """Return what is held under ``name``."""
        with self._lock:
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
        path = self._path(name)
        try:
            body = path.read_bytes()
        except OSError:
            self._forget(name)
            return None
        with suppress(OSError):  # a disk that has become read-only is still read
            os.utime(path)  # the order survives a restart
        return body

    def put(self, name: str, body: bytes) -> None:
        """Hold ``body`` under ``name``; a full or read-only disk only means that it is not held."""
        path = self._path(name)
        unfinished = path.with_name(f"{name}.{threading.get_ident()}.part")
        try:
            path.parent.mkdir(exist_ok=True)
            unfinished.write_bytes(body)
            os.replace(unfinished, path)
        except OSError:
            _drop(unfinished)
            return
        with self._lock:
            self._bytes += len(body) - self._sizes.pop(name, 0)
            self._sizes[name] = len(body)
            while self._bytes > self._capacity and self._sizes:
                gone, size = self._sizes.popitem(last=False)
                self._bytes -= size
                _drop(self._path(gone))

    def _adopt(self) -> None:
        """Take over what an earlier run left, in the order of its last use."""
        found = []
        for path in self._folder.glob("??/*"):
            if path.suffix == ".part":
                _drop(path)
                continue
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, path.name, status.st_size))
        for _, name, size in sorted(found):
            self._sizes[name] = size
            self._bytes += size

    def _forget(self, name: str) -> None:
        with self._lock:
            self._bytes -= self._sizes.pop(name, 0)

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)
