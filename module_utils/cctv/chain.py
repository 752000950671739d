"""A chain of hashes for each camera: one link for each archive, with its hash, that of its index and of the last link.

An index names every picture of its day with size, SHA-256, time of capture and of arrival; its link makes it the day's
manifest. Links are numbered and create-only: of two runs that append at once, one is refused and takes the next number.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from threading import Lock

from .catalog import Catalog
from .chain_trust import IsOurs, Signer, Trust, refusal
from .errors import CctvError, StoreError
from .heads import Head
from .link import SIGNATURE, STAMP, TYPE, Link

ATTEMPTS = 100
CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")

Stamp = Callable[[bytes], bytes]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a link says of its archive."""

    key: str
    bytes: int
    sha256: str
    captures: int


@dataclass(slots=True)
class Chain:
    """Appends to the chains of a catalog's cameras; ``signer`` signs each link, ``stamp`` gets it a time stamp.

    ``expected`` are heads that the owner has checked himself: links may follow them whatever they look like.
    ``patience``: seconds in which another run may still sign the link that it has just put.
    What is put, or in check mode would be, is returned as keys.
    """

    catalog: Catalog
    signer: Signer | None = None
    stamp: Stamp | None = None
    expected: Mapping[str, Head] = field(default_factory=dict)
    patience: float = 10
    check_mode: bool = False
    _trust: Trust = field(init=False)
    _refusals: dict[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, Link]] = field(default_factory=dict)
    _planned: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._trust = Trust(self.catalog, self.signer, self.expected, self.patience)

    def open(self, camera: str, is_ours: IsOurs) -> list[str]:
        """Look once in a run whether a camera's chain can go on, and finish a link that a cut run left unsigned.

        CctvError when its last link is damaged, does not follow the one before, or is not signed as this run signs.
        """
        put: list[str] = []
        with self._lock:
            if camera not in self._refusals:
                try:
                    put = self._finish_head(camera, is_ours)
                    self._refusals[camera] = ""
                except StoreError:
                    raise
                except CctvError as error:
                    self._refusals[camera] = str(error)
        if self._refusals[camera]:
            raise CctvError(self._refusals[camera])
        return put

    def append(self, camera: str, day: date, *, archive: Archived, index: str, index_sha256: str) -> list[str]:
        """Append the link of an archive that is in place, index and all."""
        store, layout = self.catalog.store, self.catalog.layout
        for _ in range(ATTEMPTS):
            number, previous = self._trust.head(camera)
            if self.check_mode:
                return self._plan(camera, number)
            link = Link(
                camera=camera,
                number=number + 1,
                date=day,
                archive=archive.key,
                archive_bytes=archive.bytes,
                archive_sha256=archive.sha256,
                index=index,
                index_sha256=index_sha256,
                captures=archive.captures,
                previous=previous,
                written_at=self.catalog.now.isoformat(),
            )
            document, key = link.document(), layout.link_key(camera, link.number)
            self._trust.own.add(hashlib.sha256(document).hexdigest())
            try:
                store.put(key, document, content_type=TYPE)
            except StoreError as error:
                if error.code not in CONFLICTS:
                    raise
                continue  # somebody else's link has this number
            if self.signer:
                store.put(key + SIGNATURE, self.signer.sign(document), content_type="text/plain")
            if self.stamp:
                store.put(key + STAMP, self.stamp(document), content_type="application/timestamp-reply")
            self._known.get(camera, {})[index] = link
            return self._keys(key)
        raise CctvError(f"{layout.chain_folder(camera)}: others append all the time: run again.")

    def knows(self, camera: str, index: str, index_sha256: str, *, afresh: bool = False) -> bool:
        """Say whether a link that can be relied on is of an index of that hash; ``afresh`` reads all links again."""
        if afresh or camera not in self._known:
            self._known[camera] = self._trust.links(camera)
        link = self._known[camera].get(index)
        return link is not None and link.index_sha256 == index_sha256

    def knows_archive(self, camera: str, index: str, archive_sha256: str) -> bool:
        """Say whether the link that can be relied on, of that index, is of an archive of that hash."""
        link = self._known.get(camera, {}).get(index)
        return link is not None and link.archive_sha256 == archive_sha256

    def _plan(self, camera: str, head: int) -> list[str]:
        """Return the keys of a link that would follow those that this run would have appended by now."""
        with self._lock:
            self._planned[camera] += 1
            return self._keys(self.catalog.layout.link_key(camera, head + self._planned[camera]))

    def _keys(self, key: str) -> list[str]:
        return [key, *[key + SIGNATURE] * bool(self.signer), *[key + STAMP] * bool(self.stamp)]

    def _finish_head(self, camera: str, is_ours: IsOurs) -> list[str]:
        put, head = list[str](), self._trust.check(camera, is_ours)
        if head is None:
            return put
        key, document, is_unsigned = head
        if is_unsigned and self.signer:
            if not self.check_mode:
                self._sign_late(key, self.signer.sign(document))
            self._trust.own.add(hashlib.sha256(document).hexdigest())
            put.append(key + SIGNATURE)
        if self.stamp and not self.catalog.store.look_up([key + STAMP]):
            with suppress(CctvError):  # the next link's stamp covers this
                if not self.check_mode:
                    stamped = self.stamp(document)
                    self.catalog.store.put(key + STAMP, stamped, content_type="application/timestamp-reply")
                put.append(key + STAMP)
        return put

    def _sign_late(self, key: str, signature: bytes) -> None:
        try:
            self.catalog.store.put(key + SIGNATURE, signature, content_type="text/plain")
        except StoreError as error:
            if error.code not in CONFLICTS:
                raise
            raise CctvError(refusal(key + SIGNATURE, "is of another key")) from error
