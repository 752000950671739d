"""The pictures of one sorted day into one archive, proven before a single source goes.

The order makes any kill harmless: parts (invisible) - draft of the index under the build's own name - the
archive appears, create-only - S3's checksum against ours - index in place - draft goes - sources go. A run
that finds an archive whose metadata names a draft's build finishes what the earlier run began.

In check mode everything is read and nothing written: what would come and go is noted all the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import chain, islice

from .archive_outcome import Archived, Outcome
from .archive_writer import ArchiveWriter, Written
from .catalog import NAMELESS, Archive, Catalog
from .chain import Archived as Chained
from .chain import Chain
from .errors import CctvError, StoreError
from .index import parse_index
from .leftovers import Leftovers
from .locks import Kept, Locks
from .manifest import Manifest, mark_of, read_manifest
from .roll import Roll
from .store import BATCH, READABLE, Object, Seal
from .wording import amount

EMPTY_FOR = timedelta(days=1)
"""An empty object younger than this may be a picture whose upload has only begun."""
NAMED = 10
"""Pictures of a day in cold storage that are named; the others are a number."""


@dataclass(slots=True)
class _Found:
    """What lies in a day's folder: what no index names, what one claims, folder markers, how much else."""

    fresh: Roll
    claimed: Roll
    markers: list[Object] = field(default_factory=list)
    others: int = 0


@dataclass(slots=True, kw_only=True)
class DayArchive:
    """Archives one day of one camera; what was done is in ``outcome``, also where an exception ended it."""

    catalog: Catalog
    camera: str
    day: date
    storage_class: str
    locks: Locks
    chain: Chain | None = None
    check_mode: bool = False
    outcome: Outcome = field(default_factory=Outcome)

    @property
    def folder(self) -> str:
        """The folder that the day's pictures lie in."""
        return self.catalog.layout.day_folder(self.camera, self.day)

    def open_chain(self) -> None:
        """CctvError when nothing may be archived for this camera, because of its chain."""
        if self.chain:
            self.outcome.links += self.chain.open(self.camera, Leftovers(self.catalog, self.chain).is_own_link)

    def archive(self) -> None:
        """Finish what an earlier run began, write what no archive holds, and remove what is proven to be in one."""
        outcome = self.outcome
        outcome.kept, outcome.skipped = Kept(), 0
        archives = [self._finished(archive) for archive in self.catalog.archives(self.camera, self.day)]
        manifests = self._manifests(archives)
        found = self._look(manifests)
        done, unproven = Roll(self.folder), len(found.claimed)
        for entry, is_proven in Leftovers(self.catalog, self.chain).prove(
            found.claimed, manifests, self.folder, outcome
        ):
            (done if is_proven else found.fresh).add(entry, at=self.catalog.reading(entry).captured_at)
            unproven -= 1
        number = max((archive.number for archive in archives if archive.object or archive.index), default=-1) + 1
        written = self._write(number, found.fresh)
        if written.seal:
            # Their runs can never complete now: the archive that they were for is another's.
            self._drop([draft.key for it in archives if it.number == number for draft in it.drafts])
        proven = (entry for entry in found.fresh if written.holds(entry))
        stays = found.others + unproven + outcome.kept.count + len(written.failures)
        self._remove(chain(done, proven, () if stays else found.markers))

    def _finished(self, archive: Archive) -> Archive:
        """Return ``archive`` with its index in place, where an earlier run could not put it.

        A draft whose archive is not there yet is left alone: its run may be about to complete.
        """
        if not (archive.object and archive.drafts):
            return archive
        index = archive.index or self._put_draft(archive.drafts, archive.object, archive.number)
        self._drop([draft.key for draft in archive.drafts])
        return replace(archive, index=index, drafts=())

    def _put_draft(self, drafts: Iterable[Object], held: Object, number: int) -> Object | None:
        """Put the draft that fits an archive where its index belongs; return where it can be read from now on."""
        store, head = self.catalog.store, self.catalog.store.head(held.key)
        for draft in drafts:
            document = store.get(draft.key)
            if parse_index(document, name=draft.key).fits(head):
                key = self.catalog.layout.index_key(self.camera, self.day, number)
                if not self.check_mode:
                    store.put(key, document, content_type="application/json")
                self.outcome.finished += 1
                self.outcome.put.append(key)
                return draft if self.check_mode else replace(draft, key=key)
        return None

    def _drop(self, drafts: Sequence[str]) -> None:
        if drafts and not self.check_mode:
            self.catalog.store.drop(drafts)
        self.outcome.gone += drafts

    def _manifests(self, archives: Sequence[Archive]) -> list[Manifest]:
        """Return the archives that are the very ones their indexes were written for."""
        manifests = []
        for archive in archives:
            try:
                manifests.append(read_manifest(self.catalog, archive))
            except StoreError:
                raise
            except CctvError as error:
                self.outcome.failures[archive.index.key if archive.index else str(archive.day)] = str(error)
        return [manifest for manifest in manifests if manifest]

    def _look(self, manifests: Sequence[Manifest]) -> _Found:
        """Look at what lies in the day's folder; what is locked, cold or may still be written stays there."""
        found, cold = _Found(Roll(self.folder), Roll(self.folder)), Counter[str]()
        held = {mark_of(entry.name, entry) for manifest in manifests for entry in manifest.index.captures}
        for entry in self.locks.free(self.catalog.store.list_all(self.folder), self.outcome.kept):
            if entry.key.endswith("/") and entry.size == 0:
                found.markers.append(entry)
            elif entry.key.endswith("/"):
                found.others += 1
                self.outcome.failures[entry.key] = NAMELESS
            elif entry.size == 0 and entry.modified > self.catalog.now - EMPTY_FOR:
                found.others += 1
                self.outcome.skipped += 1
            elif entry.storage_class not in READABLE:
                found.others += 1
                cold[entry.storage_class] += 1
                if cold.total() <= NAMED:
                    self.outcome.failures[entry.key] = f"is in {entry.storage_class}: restore it first"
            else:
                roll = found.claimed if mark_of(entry.key[len(self.folder) :], entry) in held else found.fresh
                roll.add(entry, at=self.catalog.reading(entry).captured_at)
        if (unnamed := cold.total() - NAMED) > 0:
            what = f"{amount(unnamed, 'more picture')} of it {'is' if unnamed == 1 else 'are'}"
            self.outcome.failures[self.folder] = f"{what} in {' and '.join(sorted(cold))}: restore them first"
        return found

    def _write(self, number: int, fresh: Roll) -> Written:
        """Write one archive of the ``fresh`` pictures, if there are any, and its link before the pictures go."""
        layout, outcome = self.catalog.layout, self.outcome
        if not fresh:
            return Written()
        if self.check_mode:
            written = Written(len(fresh), Seal(sum(entry.size for entry in fresh), sha256="", parts_sha256="", etag=""))
        else:
            fresh.sort()
            written = ArchiveWriter(self.catalog, self.camera, self.day, number, self.storage_class).write(fresh)
        outcome.failures |= written.failures
        if seal := written.seal:
            key = layout.archive_key(self.camera, self.day, number)
            index_key = layout.index_key(self.camera, self.day, number)
            outcome.archives.append(
                Archived(self.camera, self.day, key, index_key, written.captures, seal.bytes, seal.sha256)
            )
            outcome.put += key, index_key
            if self.chain:
                held = Chained(key, seal.bytes, seal.sha256, written.captures)
                outcome.links += self.chain.append(
                    self.camera, self.day, archive=held, index=index_key, index_sha256=written.index_sha256
                )
        return written

    def _remove(self, sources: Iterator[Object]) -> None:
        while batch := list(islice(sources, BATCH)):
            kept = {} if self.check_mode else self.catalog.store.delete_unchanged(batch)
            self.outcome.failures |= kept
            gone = [entry.key for entry in batch if entry.key not in kept]
            self.outcome.removed += sum(not key.endswith("/") for key in gone)
            if gone and self.outcome.gone[-1:] != [self.folder]:
                self.outcome.gone.append(self.folder)
