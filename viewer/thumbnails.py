"""Small pictures, made once from each picture's bytes, whatever its name or place: they outlive the archiving."""

from __future__ import annotations

import hashlib
import io
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from PIL import ExifTags, Image, ImageOps

from viewer import jpeg_frame
from viewer.byte_budget import ByteBudget
from viewer.disk_cache import DiskCache

WIDTH, HEIGHT = 400, 300
LARGEST = 32 * 1024 * 1024
"""Bytes above which a file is no snapshot of a camera, and is not decoded."""
_QUALITY = 72
_TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations of pictures that lie on their side."""
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP")

MOST_PIXELS = 24_000_000
"""Most pixels that are decoded, at 4 bytes each; a JPEG is scaled down as it is decoded."""
LARGEST_JPEG = 80_000_000
"""Most pixels of a JPEG before it is scaled down."""
MOST_COEFFICIENTS = 50_000_000
"""Most bytes of a JPEG that cannot be scaled down before all of it was read: a progressive one of 16 million pixels."""
MOST_SCANS = 64
"""Most passes over one JPEG; ten are usual, and each may cost a second for some bytes."""
_BROKEN_FOR = 600.0
_MOST_BROKEN = 10_000
_JPEG = b"\xff\xd8"
_END = b"\xff\xd9"

Image.MAX_IMAGE_PIXELS = LARGEST_JPEG


class NoThumbnailError(Exception):
    """The file is no picture that can be drawn."""


class TooLargeError(NoThumbnailError):
    """The picture has more pixels than are decoded: its original can be downloaded."""


class Thumbnails:
    """Makes and remembers them; decodes at most ``at_once`` pictures at a time, for that is where the memory goes.

    Fetches wait for S3 and not for each other, within as many bytes as two of the largest. What cannot be drawn is
    remembered for some minutes.
    """

    def __init__(self, cache: DiskCache, *, at_once: int = 2, clock: Callable[[], float] = time.monotonic) -> None:
        self._cache = cache
        self._decoding = threading.Semaphore(at_once)
        self._fetching = ByteBudget(2 * LARGEST)
        self._clock = clock
        self._broken: OrderedDict[str, tuple[float, NoThumbnailError]] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, etag: str) -> bytes | None:
        """Return the thumbnail of the bytes with ``etag`` if it was made before."""
        body = self._cache.get(_name(etag))
        return body if body and body.endswith(_END) else None  # a power cut leaves empty and half files

    def make(self, etag: str, size: int, load: Callable[[], bytes]) -> bytes:
        """Return the thumbnail of the ``size`` bytes that ``load`` returns; NoThumbnailError for no picture."""
        with self._lock:
            until, error = self._broken.get(etag, (0.0, None))
        if error and self._clock() < until:
            raise error
        with self._fetching.take(size):
            body = load()
            with self._decoding:
                thumbnail = self.known(etag) or self._draw(etag, body)
        self._cache.put(_name(etag), thumbnail)
        return thumbnail

    def _draw(self, etag: str, body: bytes) -> bytes:
        try:
            return draw(body)
        except NoThumbnailError as error:
            with self._lock:
                self._broken[etag] = self._clock() + _BROKEN_FOR, type(error)(str(error))
                while len(self._broken) > _MOST_BROKEN:
                    self._broken.popitem(last=False)
            raise


def draw(body: bytes) -> bytes:
    """Return a small JPEG of a picture; NoThumbnailError when it is none."""
    if body.startswith(_JPEG):
        _require_small(body)
    try:
        with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
            picture.draft("RGB", (WIDTH, HEIGHT))  # JPEG's own scaling: a tenth of the work
            if picture.width * picture.height > MOST_PIXELS:
                raise TooLargeError(f"{picture.width} x {picture.height} pixels")
            is_turned = picture.getexif().get(ExifTags.Base.Orientation, 1) in _TURNED
            box = (HEIGHT, WIDTH) if is_turned else (WIDTH, HEIGHT)
            # The colours of a palette cannot be mixed; all else is made small before it is copied.
            drawn = picture.convert("RGB") if picture.mode in {"1", "P"} else picture
            drawn.thumbnail(box, Image.Resampling.BILINEAR, reducing_gap=2.0)
            small = io.BytesIO()
            ImageOps.exif_transpose(drawn).convert("RGB").save(small, "JPEG", quality=_QUALITY, optimize=True)
    except NoThumbnailError:
        raise
    # Of many kinds: whoever made the file chose what its headers make the library raise.
    except Exception as error:
        raise NoThumbnailError(str(error)) from error
    return small.getvalue()


def _require_small(body: bytes) -> None:
    """Raise TooLargeError for a JPEG that is scaled down only after too much was decoded."""
    frame = jpeg_frame.read(body, most_scans=MOST_SCANS)
    if frame is None:
        raise NoThumbnailError("no frame")
    if frame.width * frame.height > LARGEST_JPEG or frame.coefficient_bytes > MOST_COEFFICIENTS:
        raise TooLargeError(f"{frame.width} x {frame.height} pixels")
    if frame.scans > MOST_SCANS:
        raise TooLargeError(f"more than {MOST_SCANS} scans")


def _name(etag: str) -> str:
    return hashlib.sha256(f"{WIDTH}x{HEIGHT} {etag}".encode()).hexdigest()[:40]
