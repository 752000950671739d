"""The bytes of one picture: whole from its object, or by one range request out of its archive."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from cctv.catalog import Archive
from cctv.errors import CctvError, StoreError
from cctv.layout import Location
from cctv.store import READABLE, Store
from cctv.tarball import read_member

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
    seen = gallery.cache.get(
        ("state", held.key, held.etag), lambda: gallery.store.head(held.key).restore, lifetime=_STATE_LIFETIME
    )
    return seen.value or "cold"


def is_readable(gallery: Gallery, day: Day, shot: Shot) -> bool:
    """Say whether ``shot`` can be read at once."""
    archive = day.archive_of(shot)
    return archive is None or state(gallery, archive) == "ready"


def read(store: Store, gallery: Gallery, shot: Shot) -> bytes:
    """Return the bytes; CctvError where an archived picture's are not those that its index was written for."""
    key, part = key_of(gallery, shot), shot.part
    if part is None:
        return store.get(key, etag=shot.etag)
    body = read_member(store.get(key, start=part.offset, length=part.length))
    if hashlib.sha256(body).hexdigest() != part.sha256:
        raise CctvError(f"{shot.name} in {key} is damaged: its SHA-256 is not the index's.")
    return body


def stream(gallery: Gallery, shot: Shot, start: int, length: int) -> Iterator[bytes]:
    """Yield a part of a picture; the first piece is read before this returns, so that a failure can still be told."""
    if shot.part or not length:
        return iter([read(gallery.store, gallery, shot)[start : start + length] if length else b""])
    pieces = gallery.store.stream(key_of(gallery, shot), etag=shot.etag, start=start, length=length)
    return _begun(pieces)


def _begun(pieces: Iterator[bytes]) -> Iterator[bytes]:
    try:
        first = next(pieces)
    except StopIteration as end:
        raise StoreError("S3 sent nothing where bytes were listed.", code="Unreachable") from end

    def rest() -> Iterator[bytes]:
        yield first
        yield from pieces

    return rest()
