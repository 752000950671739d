"""The kernel's word on every file that is closed after writing or moved into the spool, folders made later included."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from inotify_simple import Event, INotify, flags

from forwarder.spool import QUEUE, REJECTED

_MASK = flags.CLOSE_WRITE | flags.MOVED_FROM | flags.MOVED_TO | flags.CREATE | flags.ONLYDIR


@dataclass(frozen=True, slots=True)
class Notice:
    """A file to look at. ``name`` is its path below the spool; empty means that all of it must be looked at."""

    name: str
    renamed: bool = False


class Watch:
    """One inotify instance over the tree. ``complete`` is false when some folder could not be watched.

    One thread does nothing but ``listen``: ``keep`` is called with each file the moment that it is made or renamed, and
    with what it was renamed from. Another one gets its ``notices`` when it has the time for them.
    """

    def __init__(self, root: Path, keep: Callable[[str, str], object]) -> None:
        self._root = root
        self._keep = keep
        self._inotify = INotify()
        self._folders: dict[int, str] = {}
        self._left: tuple[int, str] = (0, "")  # the last name that a rename took away, by the kernel's number for it
        self._notices: SimpleQueue[Notice] = SimpleQueue()
        self.complete = True
        self._add("")

    def listen(self, seconds: float) -> None:
        """Wait at most so long for what the kernel tells next."""
        for event in self._inotify.read(timeout=max(0, int(seconds * 1000))):
            if event.mask & flags.Q_OVERFLOW:
                self._notices.put(Notice(""))
            elif event.mask & flags.IGNORED:
                self._folders.pop(event.wd, None)
            elif event.wd in self._folders and event.name:
                self._read(event, self._folders[event.wd])

    def notices(self, seconds: float) -> Iterator[Notice]:
        """Wait at most so long for the next files, and yield them."""
        try:
            yield self._notices.get(timeout=seconds) if seconds > 0 else self._notices.get_nowait()
            while True:
                yield self._notices.get_nowait()
        except Empty:
            return

    def _read(self, event: Event, folder: str) -> None:
        name = f"{folder}/{event.name}" if folder else event.name
        if event.mask & flags.MOVED_FROM:
            self._left = event.cookie, name
        elif event.mask & flags.ISDIR:
            for notice in self._add(name):
                self._keep(notice.name, "")
                self._notices.put(notice)
        else:
            renamed = bool(event.mask & flags.MOVED_TO)
            self._keep(name, self._left[1] if renamed and self._left[0] == event.cookie else "")
            if not event.mask & flags.CREATE:
                self._notices.put(Notice(name, renamed))

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
