"""One file to its key in the bucket: create-only, vouched for by S3, and under a name of its own if need be."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from cctv.errors import StoreError
from cctv.layout import distinct_name
from cctv.proof import is_vouched
from cctv.store import Object, Store

from forwarder.naming import Destination

PIECE = 1024 * 1024
_STALE = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken", "AccessDenied"}
"""Refusals that new credentials in the profile's file may mend: they are read again."""


@dataclass(frozen=True, slots=True)
class Digests:
    """Both sums of a file, hexadecimal: S3 checks one and names the other."""

    md5: str
    sha256: str


class Delivery:
    """Safe to use from several threads. ``connect`` returns a Store; it is asked again when a key was refused."""

    def __init__(self, connect: Callable[[], Store]) -> None:
        self._connect = connect
        self._lock = threading.Lock()
        self._store: Store | None = None

    def deliver(self, path: str, goal: Destination) -> str:
        """Return the key at which S3 now holds exactly the bytes of ``path``.

        StoreError when S3 did not take them, OSError when the file cannot be read.

        A key that holds other bytes is left alone: the file then goes beside it, with its folders or, where there are
        none, under a name made from its content.
        """
        store = self.store()
        try:
            with open(path, "rb") as file:
                return self._deliver(store, file, goal)
        except StoreError as error:
            if error.code in _STALE:
                self._store = None
            raise

    def has(self, path: str, key: str) -> bool:
        """Say whether ``key`` holds the bytes of ``path`` already."""
        held = self.store().look_up([key]).get(key)
        if held is None or held.size != os.stat(path).st_size:
            return False
        with open(path, "rb") as file:
            digests = _digests_of(file)
        return _vouched(self.store(), held, digests)

    def store(self) -> Store:
        """Return the connection that is in use."""
        with self._lock:
            if self._store is None:
                try:
                    self._store = self._connect()
                except OSError as error:  # of the profile's file, say: no fault of the picture's
                    raise StoreError(f"No way to S3: {error}") from error
            return self._store

    def _deliver(self, store: Store, file: BinaryIO, goal: Destination) -> str:
        digests = _digests_of(file)
        for key in dict.fromkeys((goal.key, goal.with_folders, distinct_name(goal.key, digests.md5))):
            file.seek(0)
            try:
                store.put_file(
                    key,
                    file,
                    md5=digests.md5,
                    sha256=digests.sha256,
                    content_type=goal.content_type,
                    metadata=goal.metadata,
                )
            except StoreError as error:
                if error.code != "PreconditionFailed":
                    raise
                if not _holds(store, key, digests):
                    continue
            return key
        raise StoreError(f"{goal.key} and its distinct name both hold other bytes.", code="NameTaken")


def _digests_of(file: BinaryIO) -> Digests:
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    while piece := file.read(PIECE):
        md5.update(piece)
        sha256.update(piece)
    return Digests(md5.hexdigest(), sha256.hexdigest())


def _holds(store: Store, key: str, digests: Digests) -> bool:
    """Say whether ``key`` holds our bytes already: the reply to an earlier try was lost, or it came twice."""
    held = store.look_up([key]).get(key)
    return held is not None and _vouched(store, held, digests)


def _vouched(store: Store, held: Object, digests: Digests) -> bool:
    """Say whether ``held`` is ours. A key that may only create sees the ETag, and no more: in doubt it is not."""
    try:
        return is_vouched(store, held, md5=digests.md5, sha256=digests.sha256)
    except StoreError as error:
        if error.code != "AccessDenied":
            raise
        return False
