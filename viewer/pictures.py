"""The bytes of one picture: whole from its object, or by one range request out of its archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cctv.catalog import Archive
from cctv.errors import CctvError, DamagedError, StoreError
from cctv.layout import Location
from cctv.member import member_pieces
from cctv.store import READABLE, Store

from viewer.gallery import Gallery
from viewer.shots import Day, Shot

IMAGES = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "bmp": "image/bmp",
}
VIDEOS = {"mp4": "video/mp4", "webm": "video/webm"}
UNKNOWN = "application/octet-stream"
STEP = 4 * 1024 * 1024
"""Bytes above which a file is read in pieces, of that many each."""
SIP = 1024 * 1024
"""Bytes of such a piece on its way to a browser, of which several may be slow."""
COLD = "in cold storage: restore it first"
UNREADABLE = "could not be read"
DAMAGED = "damaged: its bytes are not those that were archived"
_STATE_LIFETIME = 60.0


def is_image(name: str) -> bool:
    """Say whether a browser shows it in a page."""
    return content_type(name) in IMAGES.values()


def content_type(name: str) -> str:
    """Return the type by the ending alone: what is not known to be harmless is only ever downloaded."""
    return (IMAGES | VIDEOS).get(name.rpartition(".")[2].lower(), UNKNOWN)


def key_of(gallery: Gallery, shot: Shot) -> str:
    """Return the key of the object or archive that holds ``shot``."""
    layout = gallery.layout
    if shot.part:
        return layout.archive_key(shot.camera, shot.day, int(shot.place))
    loose = shot.place == Location.LOOSE
    folder = layout.camera_folder(shot.camera) if loose else layout.day_folder(shot.camera, shot.day)
    return folder + shot.name


def state(gallery: Gallery, archive: Archive) -> str:
    """Return ``ready``, ``ongoing`` or ``cold``: whether the pictures of ``archive`` can be read."""
    held = archive.object
    if held is None or held.storage_class in READABLE:
        return "ready"
    return restore_state(gallery, held.key, held.etag)


def restore_state(gallery: Gallery, key: str, etag: str) -> str:
    """Return ``ready``, ``ongoing`` or ``cold``, as S3 said it in the last minute; StoreError when it does not."""
    seen = gallery.cache.get(("state", key, etag), lambda: gallery.store.head(key).restore, lifetime=_STATE_LIFETIME)
    return seen.value or "cold"


def is_open(gallery: Gallery, shot: Shot) -> bool:
    """Say whether the object that holds ``shot``, its own or an archive, can be read at once."""
    if shot.storage_class in READABLE:
        return True
    return restore_state(gallery, key_of(gallery, shot), "" if shot.part else shot.etag) == "ready"


def is_readable(gallery: Gallery, day: Day, shot: Shot) -> bool:
    """Say whether ``shot`` can be read at once."""
    archive = day.archive_of(shot)
    return state(gallery, archive) == "ready" if archive else is_open(gallery, shot)


def is_large(shot: Shot) -> bool:
    """Say whether ``shot`` is read in pieces."""
    return shot.size > STEP


def held(shot: Shot) -> int:
    """Return the bytes that reading ``shot`` holds in memory at a time."""
    return min(shot.size, STEP)


def read(store: Store, gallery: Gallery, shot: Shot) -> bytes:
    """Return the bytes; DamagedError where an archived picture's are not those that its index was written for."""
    if shot.part is None and not is_large(shot):
        return store.get(key_of(gallery, shot), etag=shot.etag)
    body = b"".join(pieces(gallery, shot))
    if shot.part and hashlib.sha256(body).hexdigest() != shot.part.sha256:
        raise DamagedError(f"{shot.name} in {key_of(gallery, shot)} is damaged: its SHA-256 is not the index's.")
    return body


def pieces(gallery: Gallery, shot: Shot, start: int = 0) -> Iterator[bytes | memoryview]:
    """Yield the bytes from ``start`` on, by range requests of a bounded size; nobody compares their sum."""
    key, part = key_of(gallery, shot), shot.part
    if part is None:
        yield from _ranges(gallery.store, key, shot.etag, start, shot.size)
        return
    try:
        member = member_pieces(_ranges(gallery.store, key, "", part.offset, part.offset + part.length), shot.size)
        for piece in member:
            yield piece[start:]
            start = max(0, start - len(piece))
    except StoreError:
        raise
    except CctvError as error:
        raise DamagedError(f"{shot.name} in {key} is damaged: {error}") from error


def _ranges(store: Store, key: str, etag: str, start: int, stop: int, *, step: int = 0) -> Iterator[memoryview]:
    step = step or STEP
    for at in range(start, stop, step):
        yield store.view(key, etag=etag, start=at, length=min(step, stop - at))


def stream(gallery: Gallery, shot: Shot, start: int, length: int) -> Iterator[bytes]:
    """Yield a part of a picture; the first piece is read before this returns, so that a failure can still be told."""
    if not length:
        return iter([b""])
    if shot.part and not is_large(shot):
        return iter([read(gallery.store, gallery, shot)[start : start + length]])
    if shot.part:
        return _begun(_cut(_proven(gallery, shot, start), length))
    key = key_of(gallery, shot)
    if length > STEP:  # one request for all would have to end within the time of one
        return _begun(bytes(piece) for piece in _ranges(gallery.store, key, shot.etag, start, start + length, step=SIP))
    return _begun(gallery.store.stream(key, etag=shot.etag, start=start, length=length))


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        first = next(pieces)
    except StopIteration as end:
        raise StoreError("S3 sent nothing where bytes were listed.", code="Unreachable") from end

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()


def _proven(gallery: Gallery, shot: Shot, start: int) -> Iterator[bytes]:
    """Yield a large archived file from ``start``; of a whole one, the last piece only when the sum is the index's."""
    sha256, last = hashlib.sha256(), b""
    for piece in pieces(gallery, shot, start):
        if last:
            yield last
        last = bytes(piece)
        sha256.update(last)
    if not start and shot.part and sha256.hexdigest() != shot.part.sha256:
        raise DamagedError(f"{shot.name} in {key_of(gallery, shot)} is damaged: its SHA-256 is not the index's.")
    yield last


def _cut(some: Iterator[bytes], length: int) -> Iterator[bytes]:
    for piece in some:
        yield piece[:length]
        length -= len(piece)
        if length <= 0:
            return
