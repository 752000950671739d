"""Verify: what the chain of a camera says, against what the bucket holds. Nothing is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from .archive_reader import is_readable, read_archive
from .catalog import Catalog
from .chain_reader import ChainReader, Check, StampedAt
from .days import asked
from .errors import CctvError, noted
from .findings import Outcome
from .heads import Head
from .index import Index, parse_index
from .layout import parse_archive_name
from .link import Link, parse_link_name
from .selection import DayRule
from .store import Object

LONGEST_INDEX = 256 * 1024 * 1024
"""Bytes of an index that are read: one of a day of half a million pictures has less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Checks chains. ``read``: every byte of the archives, and not only what S3 says of them."""

    catalog: Catalog
    days: DayRule
    read: bool = True
    is_signed: Check | None = None
    stamped_at: StampedAt | None = None
    expired_before: Callable[[str], date] | None = None
    expected: Mapping[str, Head] = field(default_factory=dict)

    def verify(self, cameras: Sequence[str]) -> Outcome:
        """Verify ``cameras`` one after the other; CctvError where there is nothing to verify."""
        outcome = Outcome()
        for camera in cameras:
            with noted(outcome.failures, self.catalog.layout.chain_folder(camera)):
                self._verify_camera(camera, outcome)
        if not (outcome.days or outcome.findings or outcome.failures):
            which = f"matches {days}" if (days := asked(self.days)) else "is there"
            raise CctvError(f"No archive of {', '.join(cameras[:5]) or 'any camera'} {which}: nothing was verified.")
        return outcome

    def _verify_camera(self, camera: str, outcome: Outcome) -> None:
        linked, days = dict[str, Link](), set[date]()  # of each archive, the link to go by
        reader = ChainReader(self.catalog, self.is_signed, self.stamped_at, self.expected)
        for link in reader.read(camera, outcome):
            key = self.catalog.layout.link_key(camera, link.number)
            if not self._is_placed(link, camera):
                outcome.find(link, key, "changed", reason="it names an archive of another camera or day")
                continue
            first = linked.setdefault(link.archive, link)
            if link.renews(first):
                linked[link.archive] = link
                reason = f"the index that link {first.number} names is gone; one was made from the same archive"
                outcome.find(link, key, "rebuilt", reason=reason)
            # Two runs that finished the same cut one may both have linked it.
            elif not first.says_the_same(link):
                outcome.find(link, key, "changed", reason=f"it contradicts link {first.number} on {link.archive}")
        for link in linked.values():
            if self._takes(camera, link.date):
                days.add(link.date)
                with noted(outcome.failures, link.archive):
                    outcome.archives += self._verify_archive(link, outcome)
        outcome.days += len(days)
        self._find_added(camera, {*linked, *(link.index for link in linked.values())}, outcome)

    def _is_placed(self, link: Link, camera: str) -> bool:
        """Say whether a link's archive and index lie where those of its camera and day do."""
        layout = self.catalog.layout
        name = parse_archive_name(link.archive.removeprefix(layout.archive_folder(camera)))
        return name is not None and (link.archive, link.index) == (
            layout.archive_key(camera, link.date, name.number),
            layout.index_key(camera, link.date, name.number),
        )

    def _find_added(self, camera: str, linked: set[str], outcome: Outcome) -> None:
        """Find what lies beside archives and links and is neither; a draft of an index is only not finished."""
        folder, chain = self.catalog.layout.archive_folder(camera), self.catalog.layout.chain_folder(camera)
        listed = {entry.key for entry in self.catalog.store.list_all(folder)}
        for key in sorted(listed - linked - {folder, chain}):
            if key.startswith(chain):
                name = parse_link_name(key[len(chain) :])
                is_known = name is not None and key.removesuffix(name[1]) in listed
            else:
                found = parse_archive_name(key[len(folder) :])
                is_known = found is not None and (bool(found.build) or not self._takes(camera, found.day))
            if not is_known:
                outcome.find(camera, key, "added", reason="the chain does not know it")

    def _verify_archive(self, link: Link, outcome: Outcome) -> bool:
        """Say whether an archive and its index are whole, and find what is not."""
        found = self.catalog.store.look_up([link.archive, link.index])
        if link.archive not in found and self.expired_before and link.date < self.expired_before(link.camera):
            outcome.find(link, link.archive, "expired", reason="past the time that pictures are kept")
            return False
        for key in (link.archive, link.index):
            if key not in found:
                outcome.find(link, key, "missing", reason="it is gone")
        index = self._index(link, found[link.index], outcome) if link.index in found else None
        if index is None or link.archive not in found:
            return False
        held = found[link.archive]
        if self.read and is_readable(self.catalog.store, held):
            return self._read(link, index, held, outcome)
        return self._compare(link, index, held, outcome)

    def _index(self, link: Link, held: Object, outcome: Outcome) -> Index | None:
        """Return the index that a link is of, held against it."""
        if held.size > LONGEST_INDEX:
            outcome.find(link, link.index, "changed", reason=f"no index has {held.size} bytes")
            return None
        document = self.catalog.store.get(link.index)
        if hashlib.sha256(document).hexdigest() != link.index_sha256:
            outcome.find(link, link.index, "changed", reason="its bytes are not those of the chain")
            return None
        try:
            index = parse_index(document, name=link.index)
        except CctvError as error:
            outcome.find(link, link.index, "changed", reason=str(error))
            return None
        stated = (link.camera, link.date, link.archive, link.archive_bytes, link.archive_sha256, link.captures)
        seal = index.seal
        if stated != (index.camera, index.day, index.key, seal.bytes, seal.sha256, len(index.captures)):
            key = self.catalog.layout.link_key(link.camera, link.number)
            outcome.find(link, key, "changed", reason=f"it says other things of its archive than {link.index}")
            return None
        return index

    def _compare(self, link: Link, index: Index, held: Object, outcome: Outcome) -> bool:
        """Hold what S3 says of an archive against the chain."""
        fits = index.fits(self.catalog.store.head(link.archive))
        if not fits:
            outcome.find(link, link.archive, "changed", reason="S3 states other bytes than the chain")
        elif self.read:
            reason = f"it is in {held.storage_class}: S3's checksum is right, its bytes were not read"
            outcome.find(link, link.archive, "unread", reason=reason)
        if fits:
            outcome.captures += len(index.captures)
            outcome.unread += 1
        return fits

    def _read(self, link: Link, index: Index, held: Object, outcome: Outcome) -> bool:
        """Read an archive to its end, and hold each picture in it against the index."""
        reading = read_archive(self.catalog.store, held, index)
        for it in reading.differences:
            outcome.find(link, link.archive, it.finding, reason=it.reason, name=it.name)
        is_whole = not reading.differences and reading.sha256 == link.archive_sha256
        if not is_whole and not reading.differences:
            outcome.find(link, link.archive, "changed", reason="other bytes, around whole pictures")
        outcome.captures += reading.captures
        outcome.bytes += held.size
        return is_whole

    def _takes(self, camera: str, day: date) -> bool:
        return self.days.takes(camera, day, today=self.catalog.zones.today(camera, self.catalog.now))
