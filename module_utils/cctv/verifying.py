"""Verify: what the chain of a camera says, against what the bucket holds. Nothing is written."""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from .catalog import Catalog
from .chain import SIGNATURE, STAMP, Link, link_keys, parse_link
from .days import asked
from .errors import CctvError, StoreError, noted
from .index import Entry, Index, parse_index
from .selection import DayRule
from .store import READABLE, Object

Check = Callable[[bytes, bytes], bool]
"""Says whether a signature is that of a document."""
StampedAt = Callable[[bytes, bytes], datetime]
"""Returns the time that a document's stamp states; CctvError when the stamp is not good."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as the chain says.

    ``finding``: missing, changed, added, unread, unsigned, unstamped, late or expired.
    """

    camera: str
    date: str
    key: str
    name: str
    finding: str
    reason: str


@dataclass(slots=True)
class Outcome:
    """What was found whole, and what was not.

    ``unread`` counts those of the ``archives`` that are whole by S3's checksum alone.
    For each camera ``heads`` are the last link's number and hash, ``stamped_at`` the time of its last good stamp.
    """

    days: int = 0
    archives: int = 0
    unread: int = 0
    captures: int = 0
    bytes: int = 0
    signed: int = 0
    stamped: int = 0
    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    stamped_at: dict[str, datetime] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verifier:
    """Checks chains. ``read``: every byte of the archives, and not only what S3 says of them."""

    catalog: Catalog
    days: DayRule
    read: bool = True
    is_signed: Check | None = None
    stamped_at: StampedAt | None = None
    expired_before: Callable[[str], date] | None = None

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
        linked, days = set(), set()
        for link in self._links(camera, outcome):
            again = link.archive in linked  # two runs that finished the same cut one may both have linked it
            linked |= {link.archive, link.index}
            if self._takes(camera, link.date) and not again:
                days.add(link.date)
                with noted(outcome.failures, link.archive):
                    outcome.archives += self._verify_archive(link, outcome)
        outcome.days += len(days)
        for archive in self.catalog.archives(camera):
            for held in (archive.object, archive.index):
                if held and held.key not in linked and self._takes(camera, archive.day):
                    self._find(outcome, camera, held.key, "added", reason="the chain does not know it")

    def _links(self, camera: str, outcome: Outcome) -> Iterator[Link]:
        """Yield the links that are sound, each held against the one before."""
        store, expected, previous, unsigned, unstamped = self.catalog.store, 1, "", "", ""
        for key, number in link_keys(self.catalog, camera):
            while expected < number:
                missing = self.catalog.layout.link_key(camera, expected)
                self._find(outcome, camera, missing, "missing", reason="the chain has a gap")
                expected, previous = expected + 1, ""
            document = store.get(key)
            before, previous, expected = previous, hashlib.sha256(document).hexdigest(), number + 1
            outcome.heads[camera] = (number, previous)
            try:
                link = parse_link(document, name=key)
            except CctvError as error:
                self._find(outcome, camera, key, "changed", reason=str(error))
                continue
            if (link.number, link.camera) != (number, camera) or (before and link.previous != before):
                self._find(outcome, link, key, "changed", reason="it does not fit the link before it")
            unsigned = "" if self._is_signed(key, document, link, outcome) else unsigned or key
            at = self._stamped_at(key, document, link, outcome)
            if at and unstamped:
                reason = f"link {number} has the first stamp that covers it, of {at.isoformat()}"
                self._find(outcome, camera, unstamped, "late", reason=reason)
            unstamped = "" if at else unstamped or key
            yield link
        if self.is_signed and unsigned:
            self._find(outcome, camera, unsigned, "unsigned", reason="no signature covers this link and those after it")
        if self.stamped_at and unstamped:
            self._find(
                outcome, camera, unstamped, "unstamped", reason="no time stamp covers this link and those after it"
            )

    def _is_signed(self, key: str, document: bytes, link: Link, outcome: Outcome) -> bool:
        """Say whether a link has a good signature, which covers those before it, too."""
        if self.is_signed is None:
            return True
        signature = key + SIGNATURE
        if signature not in self.catalog.store.look_up([signature]):
            return False
        if not self.is_signed(document, self.catalog.store.get(signature)):
            self._find(outcome, link, signature, "changed", reason="the signature is not of this link and key")
            return False
        outcome.signed += 1
        return True

    def _stamped_at(self, key: str, document: bytes, link: Link, outcome: Outcome) -> datetime | None:
        """Return the time of a link's good stamp, at which those before it were there, too."""
        stamp = key + STAMP
        if self.stamped_at is None or stamp not in self.catalog.store.look_up([stamp]):
            return None
        try:
            at = self.stamped_at(document, self.catalog.store.get(stamp))
        except StoreError:
            raise
        except CctvError as error:
            self._find(outcome, link, stamp, "changed", reason=str(error))
            return None
        outcome.stamped += 1
        outcome.stamped_at[link.camera] = at
        return at

    def _verify_archive(self, link: Link, outcome: Outcome) -> bool:
        """Say whether an archive and its index are whole, and find what is not."""
        found = self.catalog.store.look_up([link.archive, link.index])
        if link.archive not in found and self.expired_before and link.date < self.expired_before(link.camera):
            self._find(outcome, link, link.archive, "expired", reason="past the time that pictures are kept")
            return False
        for key in (link.archive, link.index):
            if key not in found:
                self._find(outcome, link, key, "missing", reason="it is gone")
        if link.index not in found:
            return False
        document = self.catalog.store.get(link.index)
        if hashlib.sha256(document).hexdigest() != link.index_sha256:
            self._find(outcome, link, link.index, "changed", reason="its bytes are not those of the chain")
            return False
        index = parse_index(document, name=link.index)
        if link.archive not in found:
            return False
        held = found[link.archive]
        if self.read and held.storage_class in READABLE:
            return self._read(link, index, held, outcome)
        return self._compare(link, index, held, outcome)

    def _compare(self, link: Link, index: Index, held: Object, outcome: Outcome) -> bool:
        """Hold what S3 says of an archive against the chain."""
        fits = index.seal.sha256 == link.archive_sha256 and index.fits(self.catalog.store.head(link.archive))
        if not fits:
            self._find(outcome, link, link.archive, "changed", reason="S3 states other bytes than the chain")
        elif self.read:
            reason = f"it is in {held.storage_class}: S3's checksum is right, its bytes were not read"
            self._find(outcome, link, link.archive, "unread", reason=reason)
        if fits:
            outcome.captures += len(index.captures)
            outcome.unread += 1
        return fits

    def _read(self, link: Link, index: Index, held: Object, outcome: Outcome) -> bool:
        """Read an archive to its end, and hold each picture in it against the index."""
        stream = _Stream(self.catalog.store.stream(held.key, etag=held.etag, length=held.size))
        wanted = {entry.name: entry for entry in index.captures}
        findings = len(outcome.findings)
        try:
            with tarfile.open(fileobj=stream, mode="r|gz") as tar:
                for member in tar:
                    file = tar.extractfile(member)
                    digest = hashlib.sha256()
                    while file and (piece := file.read(io.DEFAULT_BUFFER_SIZE * 32)):
                        digest.update(piece)
                    self._hold(link, wanted.pop(member.name, None), member.name, digest.hexdigest(), outcome)
        except (tarfile.TarError, OSError, EOFError) as error:
            if isinstance(error, StoreError):
                raise
            self._find(outcome, link, link.archive, "changed", reason=f"it cannot be read on: {error}")
        stream.drain()
        for name in wanted:
            self._find(outcome, link, link.archive, "missing", reason="it is not in the archive", name=name)
        if stream.sha256.hexdigest() != link.archive_sha256 and len(outcome.findings) == findings:
            self._find(outcome, link, link.archive, "changed", reason="other bytes, around whole pictures")
        outcome.bytes += held.size
        return len(outcome.findings) == findings

    def _hold(self, link: Link, entry: Entry | None, name: str, sha256: str, outcome: Outcome) -> None:
        if entry is None:
            self._find(outcome, link, link.archive, "added", reason="the manifest does not know it", name=name)
        elif entry.sha256 != sha256:
            self._find(outcome, link, link.archive, "changed", reason="its bytes are others", name=name)
        else:
            outcome.captures += 1

    def _takes(self, camera: str, day: date) -> bool:
        return self.days.takes(camera, day, today=self.catalog.zones.today(camera, self.catalog.now))

    @staticmethod
    def _find(outcome: Outcome, of: Link | str, key: str, finding: str, *, reason: str, name: str = "") -> None:
        """Note a finding of a link, or of a camera as a whole."""
        camera, day = (of, "") if isinstance(of, str) else (of.camera, of.date.isoformat())
        outcome.findings.append(Finding(camera, day, key, name, finding, reason))


class _Stream(io.RawIOBase):
    """An iterator of bytes as a file that can only be read on, hashed as it goes by."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = b""
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """Return the next ``size`` bytes, fewer at the end."""
        while len(self._left) < size and (piece := next(self._pieces, b"")):
            self.sha256.update(piece)
            self._left += piece
        taken, self._left = self._left[:size], self._left[size:]
        return taken

    def drain(self) -> None:
        """Read what is left behind the archive's end."""
        for piece in self._pieces:
            self.sha256.update(piece)
