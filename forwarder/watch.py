"""The kernel's word on every file that is closed after writing or moved into the spool, folders made later included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inotify_simple import Event, INotify, flags

from forwarder.spool import QUEUE, REJECTED

_MASK = flags.CLOSE_WRITE | flags.MOVED_TO | flags.CREATE | flags.ONLYDIR


@dataclass(frozen=True, slots=True)
class Notice:
    """A file to look at. ``name`` is its path below the spool; empty means that all of it must be looked at."""

    name: str
    renamed: bool = False


class Watch:
    """One inotify instance over the tree. ``complete`` is false when some folder could not be watched."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._inotify = INotify()
        self._folders: dict[int, str] = {}
        self.complete = True
        self._add("")

    def notices(self, seconds: float) -> Iterator[Notice]:
        """Wait at most so long for the next files, and yield them."""
        for event in self._inotify.read(timeout=max(0, int(seconds * 1000))):
            if event.mask & flags.Q_OVERFLOW:
                yield Notice("")
            elif event.mask & flags.IGNORED:
                self._folders.pop(event.wd, None)
            elif event.wd in self._folders and event.name:
                yield from self._read(event, self._folders[event.wd])

    def _read(self, event: Event, folder: str) -> Iterator[Notice]:
        name = f"{folder}/{event.name}" if folder else event.name
        if event.mask & flags.ISDIR:
            yield from self._add(name)
        elif event.mask & (flags.CLOSE_WRITE | flags.MOVED_TO):
            yield Notice(name, bool(event.mask & flags.MOVED_TO))

    def _add(self, top: str) -> list[Notice]:
        """Watch ``top`` and all below; return the files that were there before the watch was."""
        found, folders = [], [top]
        while folders:
            folder = folders.pop()
            if folder in (QUEUE, REJECTED):
                continue
            try:
                self._folders[self._inotify.add_watch(self._root / folder, _MASK)] = folder
                with os.scandir(self._root / folder) as entries:
                    for entry in entries:
                        name = f"{folder}/{entry.name}" if folder else entry.name
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(name)
                        else:
                            found.append(Notice(name))
            except FileNotFoundError:
                continue
            except OSError:  # fs.inotify.max_user_watches, or it cannot be read: the rescan finds what is not watched
                self.complete = False
        return found
