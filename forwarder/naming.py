"""The key a picture gets in the bucket, and what is told about it there. Pure."""

from __future__ import annotations

import mimetypes
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from cctv.capture import Reading, read, sorted_path
from cctv.clock import Zones
from cctv.layout import Layout
from cctv.timeless import ARRIVED_AT

_TYPES = mimetypes.MimeTypes(filenames=())  # the same on every host, whatever /etc/mime.types says
_METADATA_BUDGET = 1500
"""S3 takes 2 KB of metadata; a longer path is left out."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a picture goes and what is written beside it."""

    key: str
    content_type: str
    metadata: Mapping[str, str]
    reading: Reading
    with_folders: str  # the key that keeps the folders, for where the first is taken


def destination(name: str, *, arrived: float, layout: Layout, zones: Zones, unnamed: str) -> Destination:
    """Return the final key of the file ``name`` (its path below the spool) that ``arrived`` at (seconds since 1970).

    A file that lies in no camera's folder belongs to the camera ``unnamed``. The same name and time of arrival
    always give the same key: after a crash the second try must find what the first one did.
    """
    camera, slash, path = name.partition("/")
    if not slash:
        camera, path = unnamed, name
    camera, shown = safe(camera), safe(path)
    arrived_at = datetime.fromtimestamp(arrived, UTC)
    reading = read(shown, arrived_at=arrived_at, zone=zones.of(camera))
    metadata = {ARRIVED_AT: arrived_at.isoformat(), "mtime": f"{arrived:.6f}"}  # mtime: as s3fs writes and shows it
    original = quote(os.fsencode(name))
    if len(original) <= _METADATA_BUDGET:
        metadata["original-path"] = original
    folder = layout.camera_folder(camera)
    return Destination(
        key=folder + sorted_path(shown, reading),
        with_folders=folder + sorted_path(shown, reading, keeps_folders=True),
        content_type=_TYPES.guess_type(shown.lower(), strict=False)[0] or "application/octet-stream",
        metadata=metadata,
        reading=reading,
    )


def safe(name: str) -> str:
    """Return ``name`` with every byte that a key cannot hold as ``%XX``.

    Some firmware writes its names in GBK or Latin-1, and an acknowledged picture has to reach the bucket
    whatever it is called. S3 takes any UTF-8, but its listings are XML, which has no control characters.
    """
    return "".join(char if _writable(char) else _escaped(char) for char in name)


def _writable(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs"} and ord(char) & 0xFFFE != 0xFFFE


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode(errors="surrogateescape"))
