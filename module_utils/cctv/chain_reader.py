"""Reads a camera's chain from its first link to its last: hashes, signatures, stamps, heads that are expected on it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .catalog import Catalog
from .errors import CctvError, StoreError
from .findings import Outcome
from .heads import Head
from .link import LONGEST, SIGNATURE, STAMP, Link, parse_link, parse_link_name
from .store import Object, Store

Check = Callable[[bytes, bytes], bool]
"""Says whether a signature is that of a document."""
StampedAt = Callable[[bytes, bytes], datetime]
"""Returns the time that a document's stamp states; CctvError when the stamp is not good."""


@dataclass(frozen=True, slots=True)
class ChainReader:
    """Reads chains; what is wrong with them goes into an outcome."""

    catalog: Catalog
    is_signed: Check | None = None
    stamped_at: StampedAt | None = None
    expected: Mapping[str, Head] = field(default_factory=dict)

    def read(self, camera: str, outcome: Outcome) -> Iterator[Link]:
        """Yield the links that can be read, each held against the one before."""
        number, unsigned, unstamped = 0, "", ""
        before: str | None = ""
        head, is_on_chain = self.expected.get(camera), False
        for this, entry in links_of(self.catalog, camera):
            if this > number + 1:
                missing = f"links {number + 1} to {this - 1} are" if this > number + 2 else f"link {number + 1} is"
                first = self.catalog.layout.link_key(camera, number + 1)
                outcome.find(camera, first, "missing", reason=f"{missing} not there: the chain has a gap")
                before = None
            previous, before, number = before, None, this
            try:
                document = read_part(self.catalog.store, entry)
                before = hashlib.sha256(document).hexdigest()
                outcome.heads[camera] = (number, before)
                is_on_chain = is_on_chain or (head is not None and head.is_link(number, before))
                link = parse_link(document, name=entry.key)
            except StoreError:
                raise
            except CctvError as error:
                outcome.find(camera, entry.key, "changed", reason=str(error))
                continue
            if (link.number, link.camera) != (number, camera) or previous not in (None, link.previous):
                outcome.find(link, entry.key, "changed", reason="it does not fit the link before it")
            unsigned = "" if self._is_signed(entry.key, document, link, outcome) else unsigned or entry.key
            at = self._stamped_at(entry.key, document, link, outcome)
            if at and unstamped:
                reason = f"link {number} has the first stamp that covers it, of {at.isoformat()}"
                outcome.find(camera, unstamped, "late", reason=reason)
            unstamped = "" if at else unstamped or entry.key
            yield link
        if self.is_signed and unsigned:
            outcome.find(camera, unsigned, "unsigned", reason="no signature covers this link and those after it")
        if self.stamped_at and unstamped:
            outcome.find(camera, unstamped, "unstamped", reason="no time stamp covers this link and those after it")
        if head and not is_on_chain:
            which = f"link {head.number}" if head.number else "the link"
            reason = f"{which} of SHA-256 {head.sha256} is not on the chain: cut off, or written anew"
            outcome.find(camera, self.catalog.layout.chain_folder(camera), "missing", reason=reason)

    def _is_signed(self, key: str, document: bytes, link: Link, outcome: Outcome) -> bool:
        """Say whether a link has a good signature, which covers those before it, too."""
        if self.is_signed is None:
            return True
        signature = self._beside(key + SIGNATURE, link, outcome)
        if signature is None:
            return False
        if not self.is_signed(document, signature):
            outcome.find(link, key + SIGNATURE, "changed", reason="the signature is not of this link and key")
            return False
        outcome.signed += 1
        return True

    def _stamped_at(self, key: str, document: bytes, link: Link, outcome: Outcome) -> datetime | None:
        """Return the time of a link's good stamp, at which those before it were there, too."""
        stamp = self._beside(key + STAMP, link, outcome) if self.stamped_at else None
        if self.stamped_at is None or stamp is None:
            return None
        try:
            at = self.stamped_at(document, stamp)
        except CctvError as error:
            outcome.find(link, key + STAMP, "changed", reason=str(error))
            return None
        outcome.stamped += 1
        outcome.stamped_at[link.camera] = at
        return at

    def _beside(self, key: str, link: Link, outcome: Outcome) -> bytes | None:
        """Read what lies beside a link, if it is there and no longer than such a thing can be."""
        found = self.catalog.store.look_up([key])
        try:
            return read_part(self.catalog.store, found[key]) if found else None
        except StoreError:
            raise
        except CctvError as error:
            outcome.find(link, key, "changed", reason=str(error))
            return None


def links_of(catalog: Catalog, camera: str) -> list[tuple[int, Object]]:
    """Return the links of a camera with their numbers, the first one first."""
    folder = catalog.layout.chain_folder(camera)
    named = ((parse_link_name(entry.key[len(folder) :]), entry) for entry in catalog.store.list_all(folder))
    return sorted(((name[0], entry) for name, entry in named if name and not name[1]), key=lambda pair: pair[0])


def read_part(store: Store, entry: Object) -> bytes:
    """Read a link, a signature or a stamp; CctvError for one that is longer than any."""
    if entry.size > LONGEST:
        raise CctvError(f"{entry.key} is damaged: it has {entry.size} bytes.")
    return store.get(entry.key)
