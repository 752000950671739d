"""Archive: the pictures of one sorted day into one archive, proven before a single source goes.

The order makes any kill harmless: parts (invisible) - draft of the index under the build's own name - the
archive appears, create-only - S3's checksum against ours - index in place - draft goes - sources go. A run
that finds an archive whose metadata names a draft's build finishes what the earlier run began.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from .archive_writer import ArchiveWriter, RivalError, Written
from .catalog import Archive, Catalog
from .errors import CctvError, StoreError, noted
from .index import Index, parse_index
from .old_archive import write_index
from .parallel import ordered_map
from .store import BATCH, READABLE, Object

DAYS = 2
"""Days archived at once: one fills the link while the other is proven. Memory grows with it."""
EMPTY_FOR = timedelta(days=1)
"""An empty object younger than this may be a picture whose upload has only begun."""


@dataclass(frozen=True, slots=True)
class Archived:
    """One archive that was written, or would be. ``bytes``: of the archive; in check mode, of its sources."""

    camera: str
    date: date
    key: str
    index_key: str
    captures: int
    bytes: int
    sha256: str


@dataclass(slots=True)
class Outcome:
    """What archiving did. ``removed`` counts sources that went, ``finished`` the repairs of an earlier, cut run."""

    archives: list[Archived] = field(default_factory=list)
    removed: int = 0
    finished: int = 0
    skipped: int = 0
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, part: Outcome) -> None:
        """Take the outcome of a part of the work into that of the whole."""
        self.archives += part.archives
        self.removed += part.removed
        self.finished += part.finished
        self.skipped += part.skipped
        self.failures |= part.failures


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What is to be done with a day's pictures: ``covered`` are in an archive already, ``fresh`` are not. Pure."""

    covered: list[Object]
    fresh: list[Object]
    number: int


def plan_day(
    sources: Sequence[Object], archives: Sequence[Archive], indexes: Sequence[Index], *, folder: str
) -> DayPlan:
    """Decide which of a day's ``sources`` are proven to be archived, and the number of the next archive. Pure."""
    held: set[tuple[str, int, str]] = set()
    for index in indexes:
        held.update((entry.name, entry.size, entry.etag) for entry in index.captures)
    covered = [entry for entry in sources if (entry.key[len(folder) :], entry.size, entry.etag) in held]
    known = {entry.key for entry in covered}
    number = max((archive.number for archive in archives), default=-1) + 1
    return DayPlan(covered, [entry for entry in sources if entry.key not in known], number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Archives days of a catalog into ``storage_class``."""

    catalog: Catalog
    storage_class: str
    check_mode: bool = False

    def archive(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Archive each (camera, day), some at once; what fails is in the outcome and does not stop the rest."""
        outcome = Outcome()
        for part in ordered_map(self._archive_one, days, threads=DAYS, budget=2 * DAYS):
            outcome.add(part)
        return outcome

    def _archive_one(self, camera_day: tuple[str, date]) -> Outcome:
        outcome = Outcome()
        with noted(outcome.failures, self.catalog.layout.day_folder(*camera_day)):
            try:
                self._archive_day(*camera_day, outcome)
            except RivalError:
                # What the other run archived is covered now; a third rival is left to the next run.
                self._archive_day(*camera_day, outcome)
        return outcome

    def index(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Write the index of each archive of ``days`` that has none and was made by the old toolkit."""
        outcome = Outcome()
        for archive in (found for camera, day in days for found in self.catalog.archives(camera, day)):
            if archive.object and not archive.index and not archive.drafts:
                with noted(outcome.failures, archive.object.key):
                    outcome.finished += self.check_mode or write_index(self.catalog, archive) > 0
        return outcome

    def _archive_day(self, camera: str, day: date, outcome: Outcome) -> None:
        folder = self.catalog.layout.day_folder(camera, day)
        listed = list(self.catalog.store.list_all(folder))
        sources = self._ripe([entry for entry in listed if not entry.key.endswith("/")], outcome)
        archives = self._finish_drafts(camera, day, outcome)
        indexes = self._indexes(archives, outcome) if sources else []
        plan = plan_day(sources, archives, indexes, folder=folder)
        done = list(plan.covered)
        if plan.fresh:
            done += self._write(camera, day, plan, outcome)
        if not self.check_mode:
            markers = [entry for entry in listed if entry.key.endswith("/") and entry.size == 0]
            empty = len(done) + len(markers) == len(listed)
            self._remove(done + markers if empty else done, outcome)

    def _ripe(self, entries: Sequence[Object], outcome: Outcome) -> list[Object]:
        newest = self.catalog.now - EMPTY_FOR
        ripe = []
        for entry in entries:
            if entry.size == 0 and entry.modified > newest:
                outcome.skipped += 1
            elif entry.storage_class not in READABLE:
                outcome.failures[entry.key] = f"is in {entry.storage_class}: restore it first"
            else:
                ripe.append(entry)
        return ripe

    def _finish_drafts(self, camera: str, day: date, outcome: Outcome) -> list[Archive]:
        """Put the index of an archive in place where an earlier run could not; drop drafts that serve nothing."""
        archives = self.catalog.archives(camera, day)
        if self.check_mode or not any(archive.drafts for archive in archives):
            return [archive for archive in archives if archive.object or archive.index]
        store = self.catalog.store
        for archive in archives:
            if archive.object and not archive.index:
                head = store.head(archive.object.key)
                for draft in archive.drafts:
                    document = store.get(draft.key)
                    if parse_index(document, name=draft.key).fits(head):
                        key = self.catalog.layout.index_key(camera, day, archive.number)
                        store.put(key, document, content_type="application/json")
                        outcome.finished += 1
            store.delete([draft.key for draft in archive.drafts])
        return [archive for archive in self.catalog.archives(camera, day) if archive.object or archive.index]

    def _indexes(self, archives: Sequence[Archive], outcome: Outcome) -> list[Index]:
        """Return the indexes whose archives are there and are the very ones they were written for."""
        indexes = []
        for archive in archives:
            if archive.index and archive.object:
                try:
                    index = parse_index(self.catalog.store.get(archive.index.key), name=archive.index.key)
                except StoreError:
                    raise
                except CctvError as error:
                    outcome.failures[archive.index.key] = str(error)
                    continue
                if index.fits(self.catalog.store.head(archive.object.key)):
                    indexes.append(index)
        return indexes

    def _write(self, camera: str, day: date, plan: DayPlan, outcome: Outcome) -> list[Object]:
        """Write one archive of the fresh pictures; return those that are proven to be in it."""
        layout = self.catalog.layout
        key, index_key = layout.archive_key(camera, day, plan.number), layout.index_key(camera, day, plan.number)
        if self.check_mode:
            size = sum(entry.size for entry in plan.fresh)
            outcome.archives.append(Archived(camera, day, key, index_key, len(plan.fresh), size, ""))
            return []
        writer = ArchiveWriter(self.catalog, camera, day, plan.number, self.storage_class)
        written: Written = writer.write(plan.fresh)
        outcome.failures |= written.failures
        if written.sources and written.seal:
            seal = written.seal
            outcome.archives.append(
                Archived(camera, day, key, index_key, len(written.sources), seal.bytes, seal.sha256)
            )
        return written.sources

    def _remove(self, sources: Sequence[Object], outcome: Outcome) -> None:
        for start in range(0, len(sources), BATCH):
            batch = sources[start : start + BATCH]
            kept = self.catalog.store.delete_unchanged(batch)
            outcome.removed += len(batch) - len(kept)
            outcome.failures |= kept
