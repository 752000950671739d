"""A second name for every file that a camera begins, so that renaming another file over the first name loses nothing.

vsftpd renames over without asking, and a camera may do it the moment after its ``226``. The second name lies out of
its reach, in ``.queue/held``, from the moment that the file is made; a file that lost its first name is found by it.

Its folder is not synchronous, so that no second name waits for a disk: a rename over the first name, in a synchronous
folder, brings all to disk that was done before it.
"""

from __future__ import annotations

import contextlib
import logging
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.parse import quote_from_bytes, unquote_to_bytes

from forwarder.attributes import make_unsynchronous
from forwarder.folders import files

log = logging.getLogger(__name__)


_LONGEST = 200
"""Bytes of a part of a second name, with room for its number: a file system takes 255."""


@dataclass(slots=True)
class Held:
    """One file, by its second name; the others are its paths below the spool."""

    path: str
    uploaded_as: str  # as the log of uploads has it
    name: str  # what its camera called it last


class Hold:
    """One thread keeps, another one takes. All is by inode, which cannot be another file's while the second name is."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder = folder
        self._held: dict[int, Held] = {}
        self._lock = threading.Lock()
        self._refusal = ""
        self._number = count()

    def load(self) -> None:
        """Make the folder, and find what was held before a restart."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        with contextlib.suppress(OSError):  # of no use where nothing is synchronous by an attribute
            make_unsynchronous(self._folder)
        last = -1
        for below in files(self._folder):
            number, name = _first_name(below)
            last = max(last, number)
            with contextlib.suppress(FileNotFoundError):
                self._held[os.lstat(self._folder / below).st_ino] = Held(f"{self._folder}/{below}", name, name)
        self._number = count(last + 1)

    def keep(self, name: str, was: str = "") -> Held | None:
        """Give the file ``name`` its second name, if it has none; ``was``: what it was renamed from just now."""
        with self._lock:
            for each in self._held.values() if was else ():
                if each.name == was:
                    each.name = name
            try:
                found = os.lstat(self._root / name)
                held = self._held.get(found.st_ino) or self._link(name, found, was)
            except FileNotFoundError:
                return None
            except OSError as error:
                self._refused(error)
                return None
            if held:
                held.name = name
            return held

    def of(self, inode: int) -> Held | None:
        """Return the file that is held under this number."""
        return self._held.get(inode)

    def moved(self, inode: int) -> None:
        """Forget a file whose second name is another one now."""
        with self._lock:
            self._held.pop(inode, None)

    def drop(self, inode: int) -> None:
        """Remove the second name of a file."""
        with self._lock:
            if held := self._held.pop(inode, None):
                Path(held.path).unlink(missing_ok=True)

    def orphans(self) -> Iterator[tuple[Held, os.stat_result]]:
        """Yield the files that have no name but the second one."""
        with self._lock:
            everything = list(self._held.items())
        for inode, held in everything:
            try:
                found = os.lstat(held.path)
            except FileNotFoundError:
                self.moved(inode)
                continue
            if found.st_nlink == 1:
                yield held, found

    def sizes(self) -> Iterator[int]:
        """Yield the size of each file that is held."""
        with self._lock:
            everything = list(self._held.values())
        for held in everything:
            with contextlib.suppress(FileNotFoundError):
                yield os.lstat(held.path).st_size

    def tidy(self) -> None:
        """Remove the folders that hold nothing any more."""
        with self._lock:
            for folder, _, _ in os.walk(self._folder, topdown=False):
                if folder != str(self._folder):
                    with contextlib.suppress(OSError):
                        os.rmdir(folder)

    def _link(self, name: str, found: os.stat_result, was: str) -> Held | None:
        # One with a second name already is in the queue too, or its owner's affair.
        if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
            return None
        target = self._folder / _second_name(next(self._number), name)
        try:
            os.link(self._root / name, target, follow_symlinks=False)
        except FileNotFoundError:
            os.lstat(self._root / name)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.link(self._root / name, target, follow_symlinks=False)
        inode = os.lstat(target).st_ino
        if inode in self._held:  # another file took the name meanwhile
            os.unlink(target)
        else:
            self._held[inode] = Held(str(target), was or name, name)
        return self._held[inode]

    def _refused(self, error: OSError) -> None:
        if self._refusal != str(error.strerror):
            self._refusal = str(error.strerror)
            log.warning("a file that a camera renames over may be lost, since it gets no second name: %s", error)


def _second_name(number: int, name: str) -> str:
    """Return ``number`` and all of ``name`` as one file's name, with a folder for each part that is too long for it.

    It takes no search and, as a rule, no folder: there is no time for either.
    """
    quoted = quote_from_bytes(os.fsencode(name), safe="")
    parts = [quoted[start : start + _LONGEST] for start in range(0, len(quoted), _LONGEST)]
    return f"{number}~" + "/~".join(parts)


def _first_name(below: str) -> tuple[int, str]:
    """Return the number and the name that ``_second_name`` was made of."""
    number, _, quoted = below.partition("~")
    return int(number), os.fsdecode(unquote_to_bytes(quoted.replace("/~", "")))
