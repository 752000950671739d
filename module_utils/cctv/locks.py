"""What a legal hold or a longer lock keeps where it is: the same bytes elsewhere would be free of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice

from .catalog import Catalog
from .errors import StoreError
from .pace import MOST
from .parallel import Crew
from .store import BATCH, Object, Retention, Store

REPORTED = 1000
"""Most pictures that a result names; the count is always whole."""
GONE = ("NoSuchKey", "404", "NotFound")


@dataclass(slots=True)
class Kept:
    """Pictures that their lock keeps where they are: how many, and why, by key."""

    count: int = 0
    reasons: dict[str, str] = field(default_factory=dict)

    def add(self, other: Kept) -> None:
        """Take those of a part of the work into those of the whole."""
        self.count += other.count
        self.reasons |= dict(islice(other.reasons.items(), REPORTED - len(self.reasons)))


@dataclass(frozen=True, slots=True)
class Locks:
    """The locks of pictures, each worth a question where their bucket has Object Lock (``usual`` is not None).

    ``usual`` is the lock that counts as none.
    """

    store: Store
    now: datetime
    usual: Retention | None

    @classmethod
    def beyond_new(cls, catalog: Catalog) -> Locks:
        """Return the locks that keep longer, or more strictly, than what the bucket gives to a copy made now."""
        try:
            usual = catalog.store.new_lock()
        except StoreError as error:
            # Users made before there were locks may not ask, and sort and archive without any.
            if error.code != "AccessDenied":
                raise
            usual = None
        return cls(catalog.store, catalog.now, usual)

    def of(self, entries: Sequence[Object]) -> list[str]:
        """Return what keeps each of ``entries``, in words; empty for nothing."""
        if self.usual is None:
            return [""] * len(entries)
        with ThreadPoolExecutor(MOST) as pool:
            return Crew(pool, room=lambda: self.store.room).begin(self._lock_of, entries)()

    def free(self, entries: Iterable[Object], kept: Kept) -> Iterator[Object]:
        """Yield the pictures that may go elsewhere; the others are ``kept``."""
        entries = iter(entries)
        while batch := list(islice(entries, BATCH)):
            for entry, lock in zip(batch, self.of(batch), strict=True):
                if lock:
                    kept.add(Kept(1, {entry.key: f"it is {lock}, and would not be elsewhere: it stays where it is"}))
                else:
                    yield entry

    def _lock_of(self, entry: Object) -> str:
        try:
            # By S3's clock where this host's is behind it.
            return self.store.lock_of(entry.key, now=max(self.now, entry.modified), usual=self.usual or Retention())
        except StoreError as error:
            if error.code in GONE:
                return ""
            raise
