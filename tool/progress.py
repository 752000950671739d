"""How far a job is, seen from the store's calls: a bar on a terminal, a line now and then in a pipe."""

from __future__ import annotations

import enum
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ansible.module_utils.cctv.store import Access, Object, Store
from ansible.module_utils.cctv.store.listing import OBJECTS
from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

EVERY = 10.0
"""Seconds between two lines in a pipe."""


class Counts(enum.Enum):
    """What of the store's work is counted."""

    COPIES = "pictures sorted"
    PICTURES_READ = "pictures archived"
    BYTES_READ = "read"
    DELETES = "pictures deleted"
    LISTED = "keys looked at"

    def say(self, amount: float) -> str:
        """Return an amount of it as text, without what it is."""
        return decimal(int(amount)) if self is Counts.BYTES_READ else f"{amount:,.0f}"


class WatchedStore(Store):
    """A store that tells of what it has done."""

    def __init__(self, access: Access, counts: Counts, note: Callable[[int], None]) -> None:
        super().__init__(access)
        self._counts, self._note = counts, note

    def copy(self, source: Object, key: str) -> None:
        """Count a picture."""
        super().copy(source, key)
        self._done(Counts.COPIES, 1)

    def view(self, key: str, *, etag: str = "", start: int = 0, length: int | None = None) -> memoryview:
        """Count a picture at its beginning, and the bytes of what is not an index; ``get`` reads by it, too."""
        body: memoryview = super().view(key, etag=etag, start=start, length=length)
        if etag and not start:
            self._done(Counts.PICTURES_READ, 1)
        if etag or length is not None:
            self._done(Counts.BYTES_READ, len(body))
        return body

    def read(self, key: str, *, etag: str) -> tuple[bytes, dict[str, str]]:
        """Count a picture, and its bytes."""
        body, metadata = super().read(key, etag=etag)
        self._done(Counts.PICTURES_READ, 1)
        self._done(Counts.BYTES_READ, len(body))
        return body, metadata

    def stream(self, key: str, *, etag: str, start: int = 0, length: int) -> Iterator[bytes]:
        """Count the bytes of each piece."""
        for piece in super().stream(key, etag=etag, start=start, length=length):
            self._done(Counts.BYTES_READ, len(piece))
            yield piece

    def delete(self, keys: Sequence[str], *, etags: Sequence[str] = ()) -> dict[str, str]:
        """Count the keys that went."""
        refused: dict[str, str] = super().delete(keys, etags=etags)
        self._done(Counts.DELETES, len(keys) - len(refused))
        return refused

    def _pages(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Count what each page of a listing names."""
        for page in super()._pages(**arguments):
            self._done(Counts.LISTED, len(page[OBJECTS]) + len(page.get("CommonPrefixes", ())))
            yield page

    def _done(self, counts: Counts, amount: int) -> None:
        if counts is self._counts:
            self._note(amount)


class _Rate(ProgressColumn):
    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._counts = counts

    def render(self, task: Task) -> Text:
        done = self._counts.say(task.completed)
        of = "" if task.total is None else f" of {self._counts.say(task.total)}"
        rate = f", {self._counts.say(task.speed)}/s" if task.speed else ""
        return Text(f"{done}{of} {self._counts.value}{rate}")


class Bar:
    """On a terminal. ``stop`` gives the cursor back, whatever happened."""

    def __init__(self, counts: Counts, total: int | None) -> None:
        left: list[Any] = [] if total is None else [TextColumn("left:"), TimeRemainingColumn()]
        columns: list[Any] = [BarColumn(), _Rate(counts), *left]
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._progress.add_task("", total=total)
        self._progress.start()

    def note(self, amount: int) -> None:
        """Move on."""
        self._progress.advance(self._task, amount)

    def stop(self) -> None:
        """Take the bar away."""
        self._progress.stop()


class Lines:
    """In a pipe or a log."""

    def __init__(self, counts: Counts) -> None:
        self._counts, self._done = counts, 0
        self._begun = self._last = time.monotonic()
        self._lock = threading.Lock()

    def note(self, amount: int) -> None:
        """Say how far it is, if the last time is a while ago."""
        with self._lock:
            self._done += amount
            now = time.monotonic()
            if now - self._last < EVERY:
                return
            self._last = now
            rate = self._done / (now - self._begun)
            text = f"{self._counts.say(self._done)} {self._counts.value}, {self._counts.say(rate)}/s"
        print(text, file=sys.stderr, flush=True)

    def stop(self) -> None:
        """Nothing is left to be said."""
