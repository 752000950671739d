"""Buckets in memory: objects, their order, and uploads in parts."""

from __future__ import annotations

import hashlib
import time
from base64 import b64encode
from dataclasses import dataclass, field
from email.utils import formatdate
from xml.sax.saxutils import escape

from sortedcontainers import SortedDict

LAST = "\U0010ffff"


@dataclass(slots=True)
class Object:
    """One object; ``headers`` are what HEAD and GET answer besides length and range."""

    body: bytes
    etag: str
    headers: tuple[tuple[str, str], ...] = ()
    storage_class: str = "STANDARD"
    tags: str = ""
    modified: float = field(default_factory=time.time)

    @classmethod
    def of(cls, body: bytes, **values: object) -> Object:
        """Return an object of ``body`` with the ETag that S3 gives it."""
        return cls(body, hashlib.md5(body, usedforsecurity=False).hexdigest(), **values)

    @property
    def http_date(self) -> str:
        """When it was written, as headers say it."""
        return formatdate(self.modified, usegmt=True)

    @property
    def iso_date(self) -> str:
        """When it was written, as listings say it."""
        return time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(self.modified))

    def entry(self, key: str) -> str:
        """Return the object's line in a listing."""
        return (
            f"<Contents><Key>{escape(key)}</Key><LastModified>{self.iso_date}</LastModified>"
            f"<ETag>&quot;{self.etag}&quot;</ETag><Size>{len(self.body)}</Size>"
            f"<StorageClass>{self.storage_class}</StorageClass></Contents>"
        )


@dataclass(slots=True)
class Upload:
    """An upload in parts that has not been completed."""

    key: str
    headers: tuple[tuple[str, str], ...]
    storage_class: str
    tags: str
    sha256: bool
    parts: dict[int, tuple[bytes, str, bytes]] = field(default_factory=dict)

    def complete(self, numbers: list[int]) -> Object:
        """Return the object that parts ``numbers`` make, with S3's ETag and checksum over those of the parts."""
        parts = [self.parts[number] for number in numbers]
        tags = b"".join(bytes.fromhex(etag) for _, etag, _ in parts)
        headers = self.headers
        if self.sha256:
            total = b64encode(hashlib.sha256(b"".join(digest for *_, digest in parts)).digest()).decode()
            headers = (*headers, ("x-amz-checksum-sha256", f"{total}-{len(parts)}"))
        return Object(
            b"".join(body for body, *_ in parts),
            f"{hashlib.md5(tags, usedforsecurity=False).hexdigest()}-{len(parts)}",
            headers,
            self.storage_class,
            self.tags,
        )


class Bucket:
    """Objects in key order (of code points, which is that of UTF-8)."""

    def __init__(self) -> None:
        self.objects: SortedDict = SortedDict()
        self.uploads: dict[str, Upload] = {}

    def page(self, *, prefix: str, delimiter: str, after: str, most: int) -> tuple[list[str], list[str], str]:
        """Return one page of a listing: keys, common prefixes, and where the next page begins (empty: the end)."""
        keys: list[str] = []
        folders: list[str] = []
        last, start, inclusive = after, max(after, prefix), after < prefix
        while True:
            for key in self.objects.irange(start, inclusive=(inclusive, True)):
                if not key.startswith(prefix):
                    return keys, folders, ""
                if len(keys) + len(folders) == most:
                    return keys, folders, last
                end = key.find(delimiter, len(prefix)) if delimiter else -1
                if end >= 0:
                    folder = key[: end + len(delimiter)]
                    last = start = folder + LAST
                    inclusive = False
                    if not after.startswith(folder):
                        folders.append(folder)
                    break
                keys.append(key)
                last = key
            else:
                return keys, folders, ""
