"""When bytes count as proven to be elsewhere. Everything that deletes asks here first."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from .store import Object, Store

PIECE = 8 * 1024 * 1024
LONG_SUMS = frozenset({"SHA256", "SHA1"})
"""Checksums that S3 keeps and that nobody can make equal for other bytes, as he can a CRC."""


def pieces(store: Store, entry: Object) -> Iterator[bytes]:
    """Yield an object in pieces, each only if it is still the one listed."""
    for start in range(0, entry.size, PIECE):
        yield store.get(entry.key, etag=entry.etag, start=start, length=min(PIECE, entry.size - start))


def same_etag(one: Object, other: Object) -> bool:
    """Say whether S3 calls the two objects' bytes the same, by size and ETag.

    Never wrong when it says yes; a no may only mean that one was uploaded in parts or encrypted with a key.
    """
    return one.size == other.size and one.etag == other.etag != ""


def same_bytes(store: Store, one: Object, other: Object) -> bool:
    """Say whether two objects hold the same bytes: by S3's checksums where it has them, else by reading both."""
    if one.size != other.size:
        return False
    if same_etag(one, other):
        return True
    # Even two ETags that look like an MD5 tell nothing here: those of KMS-encrypted objects look so too.
    theirs, ours = store.head(one.key).sums, store.head(other.key).sums
    shared = [name for name in theirs.keys() & ours.keys() & LONG_SUMS if "-" not in theirs[name] + ours[name]]
    if shared:
        return all(theirs[name] == ours[name] for name in shared)
    return _digest(store, one) == _digest(store, other)


def is_vouched(store: Store, source: Object, *, md5: str, sha256: str) -> bool:
    """Say whether S3 vouches that bytes of these digests are ``source``: by ETag, checksum, or a second read."""
    if source.etag == md5:
        return True
    head = store.head(source.key)
    stated = head.sums.get("SHA256", "-")
    if "-" not in stated:
        return base64.b64decode(stated).hex() == sha256
    if head.etag_is_md5:
        return False
    return _digest(store, source) == sha256


def has_sha256(store: Store, source: Object, sha256: str) -> bool:
    """Say whether ``source`` has that SHA-256, by reading it: what somebody wrote down beside it proves nothing."""
    return _digest(store, source) == sha256


def _digest(store: Store, source: Object) -> str:
    digest = hashlib.sha256()
    for piece in pieces(store, source):
        digest.update(piece)
    return digest.hexdigest()
