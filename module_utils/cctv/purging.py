"""Purge: days past their time away, archives too if asked. A plan with its price first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from .catalog import Archive, Catalog
from .errors import CctvError, DamagedError, noted
from .locks import Locks
from .prices import early_deletion_usd
from .selection import DayRule
from .share import EVERYTHING, Share
from .store import BATCH, Object, Retention
from .wording import amount

SECONDS_A_DAY = 86400


@dataclass(slots=True)
class Outcome:
    """What a purge did, or in check mode would do. ``kept`` says why something of that age stays, by key.

    ``versioned``: what went is a version that nobody sees, and is paid for until the bucket's rule removes it.
    """

    captures: int = 0
    days: int = 0
    archives: int = 0
    bytes: int = 0
    keys: list[str] = field(default_factory=list)
    kept: dict[str, str] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    early_deletion_usd: float = 0.0
    versioned: bool = False
    locked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Purger:
    """Purges the days of a catalog that are older than ``older_than_days``."""

    catalog: Catalog
    older_than_days: int
    include_archives: bool = False
    share: Share = EVERYTHING
    check_mode: bool = False

    def __post_init__(self) -> None:
        if self.older_than_days < 1:
            raise CctvError(f"older_than_days: {self.older_than_days} would delete today's pictures: give at least 1.")

    def purge(self, cameras: Sequence[str]) -> Outcome:
        """Purge ``cameras`` one after the other; what fails is in the outcome and does not stop the rest."""
        outcome = Outcome(versioned=self.catalog.store.is_versioned())
        can_lock = outcome.versioned and self.catalog.store.new_lock() is not None
        locks = Locks(self.catalog.store, self.catalog.now, Retention() if can_lock else None)
        for camera in cameras:
            with noted(outcome.failures, self.catalog.layout.camera_folder(camera)):
                due = self._due(camera, self.catalog.days(camera))
                entries = (it for it in self.catalog.span(camera, due) if not self._is_new(camera, it, outcome))
                while batch := list(islice(entries, BATCH)):
                    with noted(outcome.failures, *(entry.key for entry in batch)):
                        self._delete(camera, self._without_locked(camera, batch, locks, outcome), outcome)
                if self.include_archives:
                    self._purge_archives(camera, locks, outcome)
        return outcome

    def _due(self, camera: str, days: Iterable[date]) -> set[date]:
        rule, today = DayRule(older_than_days=self.older_than_days), self.catalog.zones.today(camera, self.catalog.now)
        return {day for day in days if rule.takes(camera, day, today=today) and self.share.takes(camera, day)}

    def _is_new(self, camera: str, entry: Object, outcome: Outcome) -> bool:
        """Say whether a picture that lies in a folder of the camera's own making came of late, whatever its day says.

        A camera whose clock was reset makes such folders of days long past, straight where sorted days are.
        """
        folder = self._day_folder(camera, entry)
        if entry.key.endswith("/") or "/" not in entry.key[len(folder) :] or entry.modified < self._since:
            return False
        outcome.kept.setdefault(folder, f"{entry.key} {self._came_late}, and others may have: run again then")
        return True

    @property
    def _since(self) -> datetime:
        return self.catalog.now - timedelta(days=self.older_than_days)

    @property
    def _came_late(self) -> str:
        days = amount(self.older_than_days, "day")
        return f"lies in a folder that the camera made, and came or was sorted less than {days} ago"

    def _delete(self, camera: str, batch: Sequence[Object], outcome: Outcome) -> None:
        refused = {} if self.check_mode else self.catalog.store.delete([entry.key for entry in batch])
        outcome.failures |= refused
        gone = [entry for entry in batch if entry.key not in refused]
        for entry in gone:
            if outcome.keys[-1:] != [folder := self._day_folder(camera, entry)]:
                outcome.days += 1
                outcome.keys.append(folder)
            outcome.captures += not entry.key.endswith("/")
            outcome.bytes += entry.size
            outcome.early_deletion_usd += self._price(entry)

    def _day_folder(self, camera: str, entry: Object) -> str:
        return entry.key[: len(self.catalog.layout.camera_folder(camera)) + len("2022-02-24/")]

    def _without_locked(self, camera: str, batch: Sequence[Object], locks: Locks, outcome: Outcome) -> Sequence[Object]:
        """Return those of ``batch`` that no lock keeps; of a day with others, one of them is named."""
        found = locks.of(batch)
        for entry, lock in zip(batch, found, strict=True):
            if lock:
                outcome.locked += 1
                reason = f"{entry.key} is {lock}, and others may be: run again then"
                outcome.kept.setdefault(self._day_folder(camera, entry), reason)
        return [entry for entry, lock in zip(batch, found, strict=True) if not lock]

    def _purge_archives(self, camera: str, locks: Locks, outcome: Outcome) -> None:
        archives = self.catalog.archives(camera)
        due = self._due(camera, (archive.day for archive in archives))
        for archive in archives:
            if archive.day in due:
                with noted(outcome.failures, self.catalog.layout.archive_key(camera, archive.day, archive.number)):
                    self._purge_archive(archive, locks, outcome)

    def _purge_archive(self, archive: Archive, locks: Locks, outcome: Outcome) -> None:
        """Delete one archive, then its index: a cut run leaves an index without archive, which the next run takes."""
        store, held = self.catalog.store, archive.object
        parts = [entry for entry in (held, archive.index, *archive.drafts) if entry]
        papers = [entry.key for entry in parts if entry is not held]
        for entry, lock in zip(parts, locks.of(parts), strict=True):
            if lock:
                outcome.locked += 1
                outcome.kept[(held or entry).key] = f"{'it' if entry is held else entry.key} is {lock}: run again then"
                return
        if held is None:
            outcome.keys += papers
            outcome.failures |= {} if self.check_mode else store.delete(papers)
            return
        try:
            index = self.catalog.proven_index(archive, held)
        except DamagedError as error:
            outcome.kept[held.key] = str(error)
            return
        # As text: both are by S3's clock, in UTC.
        late = [it for it in index.captures if "/" in it.name and it.arrived_at >= self._since.isoformat()]
        if late:
            outcome.kept[held.key] = f"{late[0].name} {self._came_late}: run again then"
            return
        refused: dict[str, str] = {}
        if not self.check_mode:
            refused = store.delete([held.key]) or store.delete(papers)
        outcome.failures |= refused
        if held.key not in refused:
            outcome.archives += 1
            outcome.captures += len(index.captures)
            outcome.bytes += held.size
            outcome.keys.append(held.key)
            outcome.early_deletion_usd += self._price(held)

    def _price(self, entry: Object) -> float:
        age = (self.catalog.now - entry.modified).total_seconds() / SECONDS_A_DAY
        return early_deletion_usd(entry.storage_class, size=entry.size, age_days=age)
