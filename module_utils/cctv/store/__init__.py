"""The only place that talks to S3: small named operations that raise one exception type.

botocore does what is done once per thousand pictures (listings, deletes) or per archive; obstore, which is
Rust, does what is done once per picture (copies and reads). What fails is tried again by ``pace``.
"""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import obstore

from ..errors import StoreError
from .deletes import Deletes
from .listing import Object
from .lists import BATCH
from .session import Access
from .upload import Seal, Upload
from .version_copy import came_in_parts
from .version_listing import Version
from .versions import Retention, Versions

__all__ = ["BATCH", "Access", "Head", "Object", "Retention", "Seal", "Store", "Upload", "Version", "came_in_parts"]

PIECE = 256 * 1024
"""Bytes of one piece of a streamed read."""
READABLE = frozenset(
    {
        "STANDARD",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "REDUCED_REDUNDANCY",
        "GLACIER_IR",
        "EXPRESS_ONEZONE",
    }
)
"""Storage classes whose objects can be read at once."""


_Found = tuple[memoryview, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Head:
    """What S3 says of one object. ``restore`` is None, ``ongoing`` or ``ready``; sums are base64 by algorithm.

    ``etag_is_md5``: the ETag is the MD5 of the bytes, as it is unless they came in parts or are encrypted by KMS.
    """

    size: int
    etag: str
    storage_class: str
    restore: str | None
    metadata: dict[str, str]
    sums: dict[str, str]
    etag_is_md5: bool = False


class Store(Deletes, Versions):
    """One bucket. Safe to use from several threads."""

    def copy(self, source: Object, key: str) -> None:
        """Copy ``source`` to a ``key`` that is free, metadata, tags and storage class with it: one request."""
        if source.storage_class == "STANDARD" and _plain(source.key) and _plain(key):
            self._request(
                "CopyObject", source.key, lambda: obstore.copy(self._objects, source.key, key, overwrite=False)
            )
            return
        self._call(
            "CopyObject",
            Key=key,
            CopySource={"Bucket": self.bucket, "Key": source.key},
            CopySourceIfMatch=f'"{source.etag}"',
            IfNoneMatch="*",
            StorageClass=source.storage_class,
            TaggingDirective="COPY",
        )

    def get(self, key: str, *, etag: str = "", start: int = 0, length: int | None = None) -> bytes:
        """Read an object, or ``length`` bytes of it from ``start``; with ``etag``, only if it is still that one."""
        return bytes(self.view(key, etag=etag, start=start, length=length))

    def view(self, key: str, *, etag: str = "", start: int = 0, length: int | None = None) -> memoryview:
        """Read as ``get`` does, without a copy of what Rust holds."""
        return self._read(key, etag=etag, start=start, length=length)[0]

    def read(self, key: str, *, etag: str) -> _Found:
        """Read an object if it is still the one of ``etag``, and what is written beside it: one request."""
        return self._read(key, etag=etag)

    def _read(self, key: str, *, etag: str, start: int = 0, length: int | None = None) -> _Found:
        if not _plain(key):
            span = {} if length is None else {"Range": f"bytes={start}-{start + length - 1}"}
            reply = self._call("GetObject", Key=key, IfMatch=etag and f'"{etag}"', **span)
            with self._named("GetObject", key):
                return memoryview(reply["Body"].read()), reply.get("Metadata", {})
        options: Any = {}
        if etag:
            options["if_match"] = f'"{etag}"'
        if length is not None:
            options["range"] = (start, start + length)

        def get() -> _Found:
            found = obstore.get(self._objects, key, options=options)
            return memoryview(found.bytes()), {str(name): value for name, value in found.attributes.items()}

        return self._request("GetObject", key, get)

    def stream(self, key: str, *, etag: str, start: int = 0, length: int) -> Iterator[bytes]:
        """Yield ``length`` bytes of an object from ``start`` in pieces, if it is still the one of ``etag``."""
        if not _plain(key):
            span, match = f"bytes={start}-{start + length - 1}", f'"{etag}"'
            body = self._call("GetObject", Key=key, Range=span, IfMatch=match)["Body"]
            pieces: Iterator[bytes] = body.iter_chunks(PIECE)
        else:
            options: Any = {"if_match": f'"{etag}"', "range": (start, start + length)}
            found = self._request("GetObject", key, lambda: obstore.get(self._objects, key, options=options))
            pieces = (bytes(piece) for piece in found.stream(min_chunk_size=PIECE))
        with self._named("GetObject", key):
            yield from pieces

    def head(self, key: str) -> Head:
        """Ask S3 for an object's size, class, restore state, metadata and stored checksums."""
        reply = self._call("HeadObject", Key=key, ChecksumMode="ENABLED")
        restore, etag = reply.get("Restore", ""), reply["ETag"].strip('"')
        return Head(
            size=reply["ContentLength"],
            etag=etag,
            etag_is_md5="-" not in etag and "kms" not in reply.get("ServerSideEncryption", ""),
            storage_class=reply.get("StorageClass", "STANDARD"),
            restore=None if not restore else "ongoing" if 'ongoing-request="true"' in restore else "ready",
            metadata={name.lower(): value for name, value in reply.get("Metadata", {}).items()},
            sums={name[8:]: reply[name] for name in reply if name.startswith("Checksum") and name != "ChecksumType"},
        )

    def put(self, key: str, body: bytes | io.BufferedIOBase, *, content_type: str, create_only: bool = True) -> bool:
        """Write a small object, from a file that can be read again; return False where ``key`` holds it already.

        Raises StoreError with code PreconditionFailed where it holds others and ``create_only`` keeps them.
        """
        file = io.BytesIO(body) if isinstance(body, bytes) else body
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").digest()
        digest = base64.b64encode(sha256).decode()
        condition = {"IfNoneMatch": "*"} if create_only else {}
        file.seek(0)
        try:
            self._call("PutObject", Key=key, Body=file, ContentType=content_type, ChecksumSHA256=digest, **condition)
        except StoreError as error:
            # The library tries again when a reply is lost, and then meets its own object.
            if error.code != "PreconditionFailed" or hashlib.sha256(self.get(key)).digest() != sha256:
                raise
            return False
        return True

    def put_file(
        self, key: str, file: BinaryIO, *, md5: str, sha256: str, content_type: str, metadata: Mapping[str, str]
    ) -> None:
        """Stream a file of up to 5 GB to a ``key`` that must be free, in one request, confirmed by S3's checksum.

        The digests, in hexadecimal, are the caller's own. StoreError with code PreconditionFailed for a key in use.
        """
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        reply = self._call(
            "PutObject",
            Key=key,
            Body=file,
            ContentType=content_type,
            Metadata=dict(metadata),
            ChecksumSHA256=digest,
            IfNoneMatch="*",
        )
        stated = reply.get("ChecksumSHA256")  # a store that is only like S3 may name no checksum, but its ETag
        if stated != digest and (stated or reply["ETag"].strip('"') != md5):
            raise StoreError(f"S3 stored other bytes than were sent to {key}: run again.", code="BadDigest")

    def upload(self, key: str, *, storage_class: str, tags: str, metadata: dict[str, str]) -> Upload:
        """Start a streamed upload to a ``key`` that must be free when it completes."""
        return Upload(self._call, key, storage_class=storage_class, tags=tags, metadata=metadata)

    def restore(self, key: str, *, tier: str, days: int) -> None:
        """Ask for a readable copy of a cold object for ``days``; one that was asked for already is fine."""
        request = {"Days": days, "GlacierJobParameters": {"Tier": tier}}
        try:
            self._call("RestoreObject", Key=key, RestoreRequest=request)
        except StoreError as error:
            if error.code != "RestoreAlreadyInProgress":
                raise


def _plain(key: str) -> bool:
    """Say whether obstore can name ``key``: it refuses empty and dot segments and control characters."""
    return key.isprintable() and not any(segment in ("", ".", "..") for segment in key.split("/"))
