"""The only place that talks to S3: small named operations that raise one exception type.

botocore does what is done once per thousand pictures (listings, deletes) or per archive; obstore, which is
Rust, does what is done once per picture (copies and reads). Both retry by their own retry mode.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile, zip_longest
from typing import Any, BinaryIO

import obstore

from ..errors import StoreError, noted
from ..pace import BROKEN, SLOW
from .calls import Calls
from .listing import OBJECTS, Object
from .session import Access
from .upload import Seal, Upload

__all__ = ["Access", "Head", "Object", "Seal", "Store", "Upload"]

BATCH = 1000
"""Most keys that one LIST returns and one DELETE takes."""
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
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
"""Characters that the XML of a DeleteObjects request cannot carry; these keys are deleted one by one."""


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


class _UnfinishedError(StoreError):
    """A 200 reply to DeleteObjects that holds refusals of the passing kind."""


class Store(Calls):
    """One bucket. Safe to use from several threads."""

    def list_level(self, prefix: str, *, start_after: str = "") -> Iterator[Object | str]:
        """Yield what lies directly below ``prefix``: objects, and folders as strings that end in ``/``."""
        for page in self._pages(Prefix=prefix, Delimiter="/", StartAfter=start_after):
            yield from (entry["Prefix"] for entry in page.get("CommonPrefixes", ()))
            yield from page[OBJECTS]

    def list_all(self, prefix: str) -> Iterator[Object]:
        """Yield every object below ``prefix``, in key order."""
        for page in self._pages(Prefix=prefix):
            yield from page[OBJECTS]

    def look_up(self, keys: Iterable[str]) -> dict[str, Object]:
        """Return those of ``keys`` that exist.

        Neighbours share a LIST, so a thousand keys side by side cost one request where HEAD would cost a thousand.
        """
        wanted = deque(sorted(set(keys), key=str.encode))
        found: dict[str, Object] = {}
        ends = zip(wanted[0], wanted[-1], strict=False) if wanted else ()
        prefix = "".join(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], ends))
        after = ""
        while wanted:
            after = max(after, _just_before(wanted[0]), key=str.encode)
            page = self._call("ListObjectsV2", Prefix=prefix, StartAfter=after)
            entries = {entry.key: entry for entry in page[OBJECTS]}
            after = next(reversed(entries), after)
            while wanted and (not page.get("IsTruncated") or wanted[0].encode() <= after.encode()):
                key = wanted.popleft()
                if key in entries:
                    found[key] = entries[key]
        return found

    def delete_unchanged(self, objects: Sequence[Object]) -> dict[str, str]:
        """Delete those of at most 1000 ``objects`` that still hold the bytes listed; return why others stay, by key.

        Looked up once more just before, and deleted on the condition of their ETag where the store knows that:
        a picture that came again under the same name meanwhile is not the one that was proven elsewhere.
        """
        now = self.look_up(entry.key for entry in objects)
        same = [entry for entry in objects if entry.key in now and now[entry.key].etag == entry.etag]
        kept = {entry.key: "changed meanwhile: run again" for entry in objects if entry.key in now}
        for entry in same:
            del kept[entry.key]
        refused = self.delete([entry.key for entry in same], etags=[entry.etag for entry in same])
        # What another run deleted first, or this one with a reply that was lost, has no ETag any more.
        there = self.look_up(refused)
        return kept | {key: reason for key, reason in refused.items() if key in there}

    def delete(self, keys: Sequence[str], *, etags: Sequence[str] = ()) -> dict[str, str]:
        """Delete at most 1000 ``keys`` in one request; return the refusals that its 200 reply holds, by key."""
        refused: dict[str, str] = {}
        entries: list[Any] = []
        for key, etag in zip_longest(keys, etags, fillvalue=""):
            condition = {"ETag": f'"{etag}"'} if etag else {}
            if _NOT_IN_XML.search(key):
                with noted(refused, key):
                    self._call("DeleteObject", Key=key, IfMatch=condition.get("ETag", ""))
            else:
                entries.append({"Key": key, **condition})

        def attempt() -> None:
            reply = self._ask("DeleteObjects", Delete={"Objects": entries, "Quiet": True})
            errors = {item.get("Key", ""): item for item in reply.get("Errors", ())}
            for entry in entries:
                refused.pop(entry["Key"], None)
            refused.update((key, self._refusal("DeleteObjects", item)) for key, item in errors.items())
            entries[:] = [entry for entry in entries if errors.get(entry["Key"], {}).get("Code") in SLOW | BROKEN]
            if entries:
                raise _UnfinishedError("not all were deleted", code=str(errors[entries[0]["Key"]].get("Code")))

        if entries:
            with suppress(_UnfinishedError):
                self._request("DeleteObjects", keys[0], attempt)
        return refused

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
        if not _plain(key):
            span = {} if length is None else {"Range": f"bytes={start}-{start + length - 1}"}
            match = {"IfMatch": f'"{etag}"'} if etag else {}
            stream = self._call("GetObject", Key=key, **span, **match)["Body"]
            with self._named("GetObject", key):
                body: bytes = stream.read()
            return body
        options: Any = {}
        if etag:
            options["if_match"] = f'"{etag}"'
        if length is not None:
            options["range"] = (start, start + length)
        return self._request("GetObject", key, lambda: bytes(obstore.get(self._objects, key, options=options).bytes()))

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

    def put(self, key: str, body: bytes, *, content_type: str, create_only: bool = True) -> bool:
        """Write a small object; return False where ``key`` holds these bytes already.

        Raises StoreError with code PreconditionFailed where it holds others and ``create_only`` keeps them.
        """
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        condition = {"IfNoneMatch": "*"} if create_only else {}
        try:
            self._call("PutObject", Key=key, Body=body, ContentType=content_type, ChecksumSHA256=digest, **condition)
        except StoreError as error:
            # The library tries again when a reply is lost, and then meets its own object.
            if error.code != "PreconditionFailed" or self.get(key) != body:
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


def _just_before(key: str) -> str:
    """Return a text that sorts before ``key`` with next to nothing between them."""
    last = key[-1]
    return f"{key[:-1]}{chr(ord(last) - 1)}~" if last.isascii() and last.isalnum() else key[:-1]
