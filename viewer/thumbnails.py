"""Small pictures, made once from each picture's bytes, whatever its name or place: they outlive the archiving."""

from __future__ import annotations

import hashlib
import io
import threading
from collections.abc import Callable

from PIL import Image, ImageOps

from viewer.disk_cache import DiskCache

WIDTH, HEIGHT = 400, 300
LARGEST = 32 * 1024 * 1024
"""Bytes above which a file is no snapshot of a camera, and is not decoded."""
_QUALITY = 72
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")

Image.MAX_IMAGE_PIXELS = 80_000_000


class NoThumbnailError(Exception):
    """The file is no picture that can be drawn."""


class Thumbnails:
    """Makes and remembers them; decodes at most ``at_once`` pictures at a time, for that is where the memory goes."""

    def __init__(self, cache: DiskCache, *, at_once: int = 2) -> None:
        self._cache = cache
        self._free = threading.Semaphore(at_once)

    def known(self, etag: str) -> bytes | None:
        """Return the thumbnail of the bytes with ``etag`` if it was made before."""
        return self._cache.get(_name(etag))

    def make(self, etag: str, load: Callable[[], bytes]) -> bytes:
        """Return the thumbnail of the bytes that ``load`` returns; NoThumbnailError when they are no picture."""
        with self._free:
            thumbnail = self._cache.get(_name(etag)) or draw(load())
        self._cache.put(_name(etag), thumbnail)
        return thumbnail


def draw(body: bytes) -> bytes:
    """Return a small JPEG of a picture; NoThumbnailError when it is none."""
    try:
        with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
            picture.draft("RGB", (WIDTH, HEIGHT))  # JPEG's own scaling: a tenth of the work
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((WIDTH, HEIGHT), Image.Resampling.BILINEAR, reducing_gap=2.0)
            small = io.BytesIO()
            upright.save(small, "JPEG", quality=_QUALITY, optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise NoThumbnailError(str(error)) from error
    return small.getvalue()


def _name(etag: str) -> str:
    return hashlib.sha256(f"{WIDTH}x{HEIGHT} {etag}".encode()).hexdigest()[:40]
