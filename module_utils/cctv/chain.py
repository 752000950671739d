"""A chain of hashes for each camera: one link for each archive, with its hash, that of its index and of the last link.

An index names every picture of its day with size, SHA-256, time of capture and of arrival; its link makes it the day's
manifest. Links are numbered and create-only: of two runs that append at once, one is refused and takes the next number.

A signature covers every link before its own. So nothing is appended, and with a key nothing signed, on top of a head
that is not sound: whoever can write to the bucket would have his own links signed by the next honest run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from threading import Lock
from typing import Protocol

from .catalog import Catalog
from .chain_reader import links_of, read_part
from .errors import CctvError, StoreError
from .heads import Head
from .link import SIGNATURE, STAMP, TYPE, Link, parse_link

ATTEMPTS = 100
POLL_SECONDS = 0.2
CONFLICTS = ("PreconditionFailed", "ConditionalRequestConflict")

Stamp = Callable[[bytes], bytes]
IsOurs = Callable[[Link], bool]
"""Says whether a link without signature is of an archive that a run of ours wrote, and was cut short."""


class Signer(Protocol):
    """Signs links, and knows its own signatures."""

    def sign(self, document: bytes) -> bytes:
        """Return the signature of a document."""
        ...

    def made(self, document: bytes, signature: bytes) -> bool:
        """Say whether a signature is that of a document by the same key."""
        ...


@dataclass(frozen=True, slots=True)
class Archived:
    """What a link says of its archive."""

    key: str
    bytes: int
    sha256: str
    captures: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Appends to the chains of a catalog's cameras; ``signer`` signs each link, ``stamp`` gets it a time stamp.

    ``expected`` are heads that the owner has checked himself: links may follow them whatever they look like.
    ``patience``: seconds in which another run may still sign the link that it has just put.
    """

    catalog: Catalog
    signer: Signer | None = None
    stamp: Stamp | None = None
    expected: Mapping[str, Head] = field(default_factory=dict)
    patience: float = 10
    _refusals: dict[str, str] = field(default_factory=dict)
    _known: dict[str, dict[str, Link]] = field(default_factory=dict)
    _own: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def open(self, camera: str, is_ours: IsOurs, *, check_mode: bool = False) -> None:
        """Look once in a run whether a camera's chain can go on, and finish a link that a cut run left unsigned.

        CctvError when its last link is damaged, does not follow the one before, or is not signed as this run signs.
        """
        with self._lock:
            if camera not in self._refusals:
                try:
                    self._finish_head(camera, is_ours, check_mode=check_mode)
                    self._refusals[camera] = ""
                except StoreError:
                    raise
                except CctvError as error:
                    self._refusals[camera] = str(error)
        if self._refusals[camera]:
            raise CctvError(self._refusals[camera])

    def append(self, camera: str, day: date, *, archive: Archived, index: str, index_sha256: str) -> None:
        """Append the link of an archive that is in place, index and all."""
        store, layout = self.catalog.store, self.catalog.layout
        for _ in range(ATTEMPTS):
            number, previous = self._head(camera)
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
            self._own.add(hashlib.sha256(document).hexdigest())
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
            return
        raise CctvError(f"{layout.chain_folder(camera)}: others append all the time: run again.")

    def knows(self, camera: str, index: str, index_sha256: str, *, afresh: bool = False) -> bool:
        """Say whether a link that can be relied on is of an index of that hash; ``afresh`` reads all links again."""
        if afresh or camera not in self._known:
            self._known[camera] = self._links(camera)
        link = self._known[camera].get(index)
        return link is not None and link.index_sha256 == index_sha256

    def knows_archive(self, camera: str, index: str, archive_sha256: str) -> bool:
        """Say whether the link that can be relied on, of that index, is of an archive of that hash."""
        link = self._known.get(camera, {}).get(index)
        return link is not None and link.archive_sha256 == archive_sha256

    def _finish_head(self, camera: str, is_ours: IsOurs, *, check_mode: bool) -> None:
        store, links = self.catalog.store, links_of(self.catalog, camera)
        if not links:
            return
        number, entry = links[-1]
        document = read_part(store, entry)
        if self._is_expected(camera, number, hashlib.sha256(document).hexdigest()):
            return
        link = _parse_head(entry.key, document)
        before = dict(links[-2:-1]).get(number - 1)
        previous = hashlib.sha256(read_part(store, before)).hexdigest() if before else ""
        if (link.camera, link.number, link.previous) != (camera, number, previous) or (number > 1 and not before):
            raise CctvError(_refusal(entry.key, "does not follow the link before it"))
        if self.signer and not self._is_signed(self.signer, entry.key, document):
            if not is_ours(link):
                raise CctvError(_refusal(entry.key, "is not signed by this key"))
            if not check_mode:
                self._put_late(entry.key + SIGNATURE, self.signer.sign(document), "text/plain")
        if not self.signer and store.look_up([entry.key + SIGNATURE]):
            raise CctvError(f"{entry.key} is signed, and nothing unsigned may follow it: name the key in signing_key.")
        if self.stamp and not check_mode and entry.key + STAMP not in store.look_up([entry.key + STAMP]):
            with suppress(CctvError):  # the next link's stamp covers this
                store.put(entry.key + STAMP, self.stamp(document), content_type="application/timestamp-reply")

    def _put_late(self, key: str, body: bytes, content_type: str) -> None:
        try:
            self.catalog.store.put(key, body, content_type=content_type)
        except StoreError as error:
            if error.code not in CONFLICTS:
                raise
            raise CctvError(_refusal(key, "is of another key")) from error

    def _head(self, camera: str) -> tuple[int, str]:
        """Return the number of the last link and its hash; CctvError when it is not one to append to."""
        links = links_of(self.catalog, camera)
        if not links:
            return 0, ""
        number, entry = links[-1]
        document = read_part(self.catalog.store, entry)
        sha256 = hashlib.sha256(document).hexdigest()
        if sha256 not in self._own and not self._is_expected(camera, number, sha256):
            _parse_head(entry.key, document)
            if self.signer and not self._is_signed(self.signer, entry.key, document):
                raise CctvError(_refusal(entry.key, "is not signed by this key"))
        return number, sha256

    def _is_expected(self, camera: str, number: int, sha256: str) -> bool:
        return camera in self.expected and self.expected[camera].is_link(number, sha256)

    def _is_signed(self, signer: Signer, key: str, document: bytes) -> bool:
        """Say whether a link has a good signature, which the run that put the link may just be writing."""
        until = time.monotonic() + self.patience
        while not (found := self.catalog.store.look_up([key + SIGNATURE])):
            if time.monotonic() > until:
                return False
            time.sleep(POLL_SECONDS)
        return signer.made(document, read_part(self.catalog.store, found[key + SIGNATURE]))

    def _links(self, camera: str) -> dict[str, Link]:
        """Return by index the links that can be relied on: up to the last signed one, as far as the hashes hold."""
        store, is_sound, wanted, known = self.catalog.store, False, "", dict[str, Link]()
        links = links_of(self.catalog, camera)
        for number, entry in reversed(links):
            document = read_part(store, entry)
            sha256 = hashlib.sha256(document).hexdigest()
            if not is_sound or sha256 != wanted:
                signed = store.look_up([entry.key + SIGNATURE]) if self.signer else {}
                is_sound = (
                    self.signer.made(document, b"".join(read_part(store, it) for it in signed.values()))
                    if self.signer
                    else number == links[-1][0]
                ) or self._is_expected(camera, number, sha256)
            with suppress(CctvError):
                link = parse_link(document, name=entry.key)
                wanted = link.previous
                if is_sound:
                    known.setdefault(link.index, link)
        return known


def _parse_head(key: str, document: bytes) -> Link:
    try:
        return parse_link(document, name=key)
    except CctvError as error:
        raise CctvError(_refusal(key, "is damaged")) from error


def _refusal(key: str, reason: str) -> str:
    return (
        f"{key} {reason}, so nothing is archived for this camera. Run captures_verify.yml: what was changed,"
        " captures_undelete.yml brings back; what was planted may be removed. If all is as it should be, name this"
        " head in cctv_expected_heads."
    )
