"""Which links of a chain can be relied on, and whether another may follow: hashes, signatures, heads that are expected.

A signature covers every link before its own. So nothing is appended, and with a key nothing signed, on top of a head
that is not sound: whoever can write to the bucket would have his own links signed by the next honest run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from .catalog import Catalog
from .chain_reader import links_of, read_part
from .errors import CctvError
from .heads import Head
from .link import SIGNATURE, Link, parse_link

POLL_SECONDS = 0.2

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
class Trust:
    """What a run relies on: its own links, what ``signer`` signed, and heads that are ``expected``.

    ``patience``: seconds in which another run may still sign the link that it has just put.
    """

    catalog: Catalog
    signer: Signer | None = None
    expected: Mapping[str, Head] = field(default_factory=dict)
    patience: float = 10
    own: set[str] = field(default_factory=set)

    def check(self, camera: str, is_ours: IsOurs) -> tuple[str, bytes, bool] | None:
        """Return key and bytes of a camera's last link, and whether a run of ours was cut before it could sign it.

        None where there is no link, or it is expected as it is. CctvError when it is damaged, does not follow the one
        before, or is not signed as this run signs.
        """
        store, links = self.catalog.store, links_of(self.catalog, camera)
        if not links:
            return None
        number, entry = links[-1]
        document = read_part(store, entry)
        if self.is_expected(camera, number, hashlib.sha256(document).hexdigest()):
            return None
        link = _parse_head(entry.key, document)
        before = dict(links[-2:-1]).get(number - 1)
        previous = hashlib.sha256(read_part(store, before)).hexdigest() if before else ""
        if (link.camera, link.number, link.previous) != (camera, number, previous) or (number > 1 and not before):
            raise CctvError(refusal(entry.key, "does not follow the link before it"))
        if self.signer is None and store.look_up([entry.key + SIGNATURE]):
            raise CctvError(f"{entry.key} is signed, and nothing unsigned may follow it: name the key in signing_key.")
        is_signed = self.signer is None or self.is_signed(entry.key, document)
        if not is_signed and not is_ours(link):
            raise CctvError(refusal(entry.key, "is not signed by this key"))
        return entry.key, document, not is_signed

    def head(self, camera: str) -> tuple[int, str]:
        """Return the number of the last link and its hash; CctvError when it is not one to append to."""
        links = links_of(self.catalog, camera)
        if not links:
            return 0, ""
        number, entry = links[-1]
        document = read_part(self.catalog.store, entry)
        sha256 = hashlib.sha256(document).hexdigest()
        if sha256 not in self.own and not self.is_expected(camera, number, sha256):
            _parse_head(entry.key, document)
            if self.signer and not self.is_signed(entry.key, document):
                raise CctvError(refusal(entry.key, "is not signed by this key"))
        return number, sha256

    def links(self, camera: str) -> dict[str, Link]:
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
                ) or (sha256 in self.own or self.is_expected(camera, number, sha256))
            with suppress(CctvError):
                link = parse_link(document, name=entry.key)
                wanted = link.previous
                if is_sound:
                    known.setdefault(link.index, link)
        return known

    def is_expected(self, camera: str, number: int, sha256: str) -> bool:
        """Say whether the owner has checked this very link himself."""
        return camera in self.expected and self.expected[camera].is_link(number, sha256)

    def is_signed(self, key: str, document: bytes) -> bool:
        """Say whether a link has this run's good signature, which the run that put the link may just be writing."""
        if self.signer is None:
            return False
        until = time.monotonic() + self.patience
        while not (found := self.catalog.store.look_up([key + SIGNATURE])):
            if time.monotonic() > until:
                return False
            time.sleep(POLL_SECONDS)
        return self.signer.made(document, read_part(self.catalog.store, found[key + SIGNATURE]))


def _parse_head(key: str, document: bytes) -> Link:
    try:
        return parse_link(document, name=key)
    except CctvError as error:
        raise CctvError(refusal(key, "is damaged")) from error


def refusal(key: str, reason: str) -> str:
    """Return what is said of a link that nothing may follow."""
    return (
        f"{key} {reason}, so nothing is archived for this camera. Run captures_verify.yml: what was changed,"
        " captures_undelete.yml brings back; what was planted may be removed. If all is as it should be, name this"
        " head in cctv_expected_heads."
    )
