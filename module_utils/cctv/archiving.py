"""Archive: the pictures of one sorted day into one archive, proven before a single source goes.

The order makes any kill harmless: parts (invisible) - draft of the index under the build's own name - the
archive appears, create-only - S3's checksum against ours - index in place - draft goes - sources go. A run
that finds an archive whose metadata names a draft's build finishes what the earlier run began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from itertools import chain, islice

from .archive_writer import ArchiveWriter, RivalError, Written
from .catalog import Archive, Catalog
from .chain import Archived as Chained
from .chain import Chain
from .errors import CctvError, DamagedError, StoreError, noted
from .index import parse_index
from .leftovers import Leftovers, Manifest, link_manifest, mark_of, read_manifest, require_whole
from .locks import Kept, Locks
from .parallel import ordered_map
from .reindexing import index_sha256, write_index
from .roll import Roll
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
    """What archiving did, or would do. ``removed``: sources that went; ``finished``: repairs of an earlier, cut run."""

    archives: list[Archived] = field(default_factory=list)
    removed: int = 0
    finished: int = 0
    skipped: int = 0
    kept: Kept = field(default_factory=Kept)
    failures: dict[str, str] = field(default_factory=dict)

    def add(self, part: Outcome) -> None:
        """Take the outcome of a part of the work into that of the whole."""
        self.archives += part.archives
        self.removed += part.removed
        self.finished += part.finished
        self.skipped += part.skipped
        self.kept.add(part.kept)
        self.failures |= part.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiver:
    """Archives days of a catalog into ``storage_class``."""

    catalog: Catalog
    storage_class: str
    chain: Chain | None = None
    check_mode: bool = False

    def archive(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Archive each (camera, day), some at once; what fails is in the outcome and does not stop the rest."""
        outcome = Outcome()
        with noted(outcome.failures, f"s3://{self.catalog.store.bucket}"):
            work = partial(self._archive_one, Locks.beyond_new(self.catalog))
            for part in ordered_map(work, days, threads=DAYS, budget=2 * DAYS):
                outcome.add(part)
        return outcome

    def _archive_one(self, locks: Locks, camera_day: tuple[str, date]) -> Outcome:
        outcome = Outcome()
        with noted(outcome.failures, self.catalog.layout.day_folder(*camera_day)):
            try:
                self._archive_day(*camera_day, locks, outcome)
            except RivalError:
                # What the other run archived is covered now; a third rival is left to the next run.
                self._archive_day(*camera_day, locks, outcome)
        return outcome

    def index(self, days: Sequence[tuple[str, date]]) -> Outcome:
        """Write the index of each archive of ``days`` that has none, or a damaged one."""
        outcome = Outcome()
        for archive in (found for camera, day in days for found in self.catalog.archives(camera, day)):
            if (held := archive.object) and (archive.index or not archive.drafts):
                with noted(outcome.failures, held.key):
                    if not self._is_indexed(archive):
                        outcome.finished += self.check_mode or write_index(self.catalog, archive) > 0
        if self.chain and not self.check_mode:
            for archive in (found for camera, day in days for found in self.catalog.archives(camera, day)):
                with noted(outcome.failures, archive.object.key if archive.object else str(archive.day)):
                    self._link_as_it_is(self.chain, archive)
        return outcome

    def _is_indexed(self, archive: Archive) -> bool:
        """Say whether an index can be read. One that contradicts its archive stays: either may be false."""
        try:
            return self.catalog.index(archive) is not None
        except DamagedError:
            return False

    def _link_as_it_is(self, links: Chain, archive: Archive) -> None:
        """Give an archive its link because the owner asks for it, once it was read and is what its index says."""
        manifest = read_manifest(self.catalog, archive)
        links.open(archive.camera, Leftovers(self.catalog).is_whole_link)
        if manifest is None or links.knows(archive.camera, manifest.key, manifest.sha256):
            return
        if not links.knows_archive(archive.camera, manifest.key, manifest.index.seal.sha256):
            require_whole(self.catalog, manifest)
        elif index_sha256(self.catalog, archive) != manifest.sha256:
            raise CctvError(
                f"{manifest.key} is neither the one that the chain names nor what its archive gives. Bring the one"
                " that was there back (captures_undelete.yml), or remove it and run this again."
            )
        link_manifest(links, manifest)

    def _archive_day(self, camera: str, day: date, locks: Locks, outcome: Outcome) -> None:
        outcome.kept = Kept()
        folder, leftovers = self.catalog.layout.day_folder(camera, day), Leftovers(self.catalog, self.chain)
        if self.chain:
            self.chain.open(camera, leftovers.is_own_link, check_mode=self.check_mode)
        archives = self._finish(camera, day, outcome)
        manifests = self._manifests(archives, outcome)
        held = {mark_of(entry.name, entry) for manifest in manifests for entry in manifest.index.captures}
        fresh, claimed, done, markers, others = Roll(folder), Roll(folder), Roll(folder), list[Object](), 0
        for entry in locks.free(self.catalog.store.list_all(folder), outcome.kept):
            if entry.key.endswith("/") and entry.size == 0:
                markers.append(entry)
            elif entry.key.endswith("/") or not self._is_ripe(entry, outcome):
                others += 1
            else:
                roll = claimed if mark_of(entry.key[len(folder) :], entry) in held else fresh
                roll.add(entry, at=self.catalog.reading(entry).captured_at)
        others += len(claimed)
        for entry, is_proven in leftovers.prove(
            claimed, manifests, folder, outcome.failures, check_mode=self.check_mode
        ):
            (done if is_proven else fresh).add(entry, at=self.catalog.reading(entry).captured_at)
            others -= 1
        number = max((archive.number for archive in archives if archive.object or archive.index), default=-1) + 1
        written = self._write(camera, day, number, fresh, outcome)
        if written.seal:
            # Their runs can never complete now: the archive that they were for is another's.
            self.catalog.store.drop([draft.key for it in archives if it.number == number for draft in it.drafts])
        if self.check_mode:
            outcome.removed += len(done) + len(fresh)
        else:
            self._chain(camera, day, written, outcome)
            proven = (entry for entry in fresh if written.holds(entry))
            is_empty = not others and not outcome.kept.count and not written.failures
            self._remove(chain(done, proven, markers if is_empty else ()), outcome)

    def _is_ripe(self, entry: Object, outcome: Outcome) -> bool:
        if entry.size == 0 and entry.modified > self.catalog.now - EMPTY_FOR:
            outcome.skipped += 1
            return False
        if entry.storage_class not in READABLE:
            outcome.failures[entry.key] = f"is in {entry.storage_class}: restore it first"
            return False
        return True

    def _finish(self, camera: str, day: date, outcome: Outcome) -> list[Archive]:
        """Put the index of an archive in place where an earlier run could not; return the archives of the day.

        A draft whose archive is not there yet is left alone: its run may be about to complete.
        """
        archives = self.catalog.archives(camera, day)
        unfinished = [archive for archive in archives if archive.object and archive.drafts]
        if self.check_mode or not unfinished:
            return archives
        store = self.catalog.store
        for archive in unfinished:
            if archive.object and not archive.index:
                head = store.head(archive.object.key)
                for draft in archive.drafts:
                    document = store.get(draft.key)
                    if parse_index(document, name=draft.key).fits(head):
                        key = self.catalog.layout.index_key(camera, day, archive.number)
                        store.put(key, document, content_type="application/json")
                        outcome.finished += 1
            store.drop([draft.key for draft in archive.drafts])
        return self.catalog.archives(camera, day)

    def _manifests(self, archives: Sequence[Archive], outcome: Outcome) -> list[Manifest]:
        """Return the archives that are the very ones their indexes were written for."""
        manifests = []
        for archive in archives:
            try:
                manifests.append(read_manifest(self.catalog, archive))
            except StoreError:
                raise
            except CctvError as error:
                outcome.failures[archive.index.key if archive.index else str(archive.day)] = str(error)
        return [manifest for manifest in manifests if manifest]

    def _write(self, camera: str, day: date, number: int, fresh: Roll, outcome: Outcome) -> Written:
        """Write one archive of the ``fresh`` pictures, if there are any."""
        layout = self.catalog.layout
        key, index_key = layout.archive_key(camera, day, number), layout.index_key(camera, day, number)
        if self.check_mode and fresh:
            size = sum(entry.size for entry in fresh)
            outcome.archives.append(Archived(camera, day, key, index_key, len(fresh), size, ""))
        if self.check_mode or not fresh:
            return Written()
        fresh.sort()
        written = ArchiveWriter(self.catalog, camera, day, number, self.storage_class).write(fresh)
        outcome.failures |= written.failures
        if seal := written.seal:
            outcome.archives.append(Archived(camera, day, key, index_key, written.captures, seal.bytes, seal.sha256))
        return written

    def _chain(self, camera: str, day: date, written: Written, outcome: Outcome) -> None:
        """Give an archive its link, before the pictures go that it is to vouch for."""
        if self.chain and (seal := written.seal):
            made = outcome.archives[-1]
            held = Chained(made.key, seal.bytes, seal.sha256, written.captures)
            self.chain.append(camera, day, archive=held, index=made.index_key, index_sha256=written.index_sha256)

    def _remove(self, sources: Iterator[Object], outcome: Outcome) -> None:
        while batch := list(islice(sources, BATCH)):
            kept = self.catalog.store.delete_unchanged(batch)
            outcome.removed += len(batch) - len(kept)
            outcome.failures |= kept
