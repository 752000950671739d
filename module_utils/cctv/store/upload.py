"""A streamed multipart upload that is not believed until S3's checksum equals ours."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from ..errors import StoreError

PART = 5 * 1024 * 1024
"""S3's least: what is in memory of an upload is a few of them."""
GROWTH = 1000
"""After this many parts the next ones are larger, so that 10,000 parts reach far beyond any archive."""
AT_ONCE = 3


class Call(Protocol):
    """``Store._call``: one S3 operation by name."""

    def __call__(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return S3's reply; StoreError for a refusal."""
        ...


@dataclass(frozen=True, slots=True)
class Seal:
    """What an archive's bytes must look like from outside: length, SHA-256, and the ways in which stores sum up.

    AWS states the SHA-256 over those of the parts, others the MD5 over those of the parts, or the MD5 of all.
    """

    bytes: int
    sha256: str
    parts_sha256: str
    etag: str
    md5: str = ""

    def fits(self, *, size: int, etag: str, sums: dict[str, str]) -> bool:
        """Say whether S3's own statement on an object is the one computed while writing it."""
        stated = sums.get("SHA256", "").partition("-")[0]
        return size == self.bytes and (stated == self.parts_sha256 if stated else etag in (self.etag, self.md5))


class Upload:
    """Write bytes in, ``complete`` once; leaving the ``with`` block without it leaves nothing behind.

    Holds at most AT_ONCE + 1 parts in memory.
    """

    def __init__(self, call: Call, key: str, *, storage_class: str, tags: str, metadata: dict[str, str]) -> None:
        self._call = call
        self._key = key
        reply = call(
            "CreateMultipartUpload",
            Key=key,
            StorageClass=storage_class,
            Tagging=tags,
            Metadata=metadata,
            ContentType="application/gzip",
            ChecksumAlgorithm="SHA256",
        )
        self._id = reply["UploadId"]
        self._buffers = [bytearray()] * (AT_ONCE + 1)
        self._parts: list[Future[tuple[str, bytes, bool]]] = []
        self._part, self._filled = self._next_part(), 0
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._whole = hashlib.sha256()
        self._md5: Any = hashlib.md5(usedforsecurity=False)
        self.size = 0
        self._completed = False

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        if not self._completed:
            # The bucket's lifecycle rule takes what cannot be aborted now.
            with contextlib.suppress(StoreError):
                self._call("AbortMultipartUpload", Key=self._key, UploadId=self._id)

    def write(self, data: bytes | memoryview) -> None:
        """Append ``data``; waits when the uplink is behind."""
        self.size += len(data)
        view = memoryview(data)
        while view:
            end = min(self._filled + len(view), len(self._part))
            taken = end - self._filled
            self._part[self._filled : end] = view[:taken]
            self._filled = end
            if end == len(self._part):
                self._send()
            view = view[taken:]

    def finish(self) -> Seal:
        """Send what is left, wait for all parts, and return what S3 must say of the whole: nothing appears yet."""
        if self._filled or not self._parts:
            self._send()
        sums = [part.result() for part in self._parts]
        tags = b"".join(bytes.fromhex(etag.strip('"')) for etag, _, _ in sums)
        return Seal(
            bytes=self.size,
            sha256=self._whole.hexdigest(),
            parts_sha256=_b64(hashlib.sha256(b"".join(digest for _, digest, _ in sums)).digest()),
            etag=f"{hashlib.md5(tags, usedforsecurity=False).hexdigest()}-{len(sums)}",
            md5=self._md5.hexdigest() if self._md5 else "",
        )

    def complete(self) -> None:
        """Make the object appear, create-only, with S3 holding the checksum of every part against ours.

        Raises StoreError with code PreconditionFailed when somebody else made the object meanwhile.
        """
        sums = [part.result() for part in self._parts]
        parts = [
            {"PartNumber": number, "ETag": etag} | ({"ChecksumSHA256": _b64(digest)} if known else {})
            for number, (etag, digest, known) in enumerate(sums, 1)
        ]
        self._call(
            "CompleteMultipartUpload",
            Key=self._key,
            UploadId=self._id,
            MultipartUpload={"Parts": parts},
            IfNoneMatch="*",
        )
        self._completed = True

    def _next_part(self) -> bytearray:
        """Return the buffer of the next part; they go round, as memory used before costs nothing to fill."""
        size, turn = PART * (1 + len(self._parts) // GROWTH * 4), len(self._parts) % len(self._buffers)
        if len(self._buffers[turn]) != size:
            self._buffers[turn] = bytearray(size)
        return self._buffers[turn]

    def _send(self) -> None:
        """Sum up what is filled and send it as one part; wait until the part whose buffer is next has arrived."""
        body = self._part if self._filled == len(self._part) else self._part[: self._filled]
        self._parts.append(self._pool.submit(self._put, len(self._parts) + 1, body))
        self._whole.update(body)
        if self._md5 and self._parts[0].done() and self._parts[0].result()[2]:
            self._md5 = None  # this store states SHA-256: nobody will ask for the MD5
        if self._md5:
            self._md5.update(body)
        before = len(self._parts) - len(self._buffers)
        if before >= 0:
            self._parts[before].result()
        self._part, self._filled = self._next_part(), 0

    def _put(self, number: int, body: bytearray) -> tuple[str, bytes, bool]:
        digest = hashlib.sha256(body).digest()
        reply = self._call(
            "UploadPart",
            Key=self._key,
            UploadId=self._id,
            PartNumber=number,
            Body=body,
            ChecksumSHA256=_b64(digest),
        )
        stated = reply.get("ChecksumSHA256")
        if stated is None and reply["ETag"].strip('"') != hashlib.md5(body, usedforsecurity=False).hexdigest():
            raise StoreError(
                f"S3 stored other bytes than part {number} of {self._key} holds: run again.", code="BadDigest"
            )
        return reply["ETag"], digest, stated is not None


def _b64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
