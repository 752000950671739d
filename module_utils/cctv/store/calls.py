"""How the store calls S3: by one name for each operation, at the store's pace, with one exception type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError

from ..errors import UnusableError
from ..pace import MOST, Turns
from .contact import ELSEWHERE
from .errors import translate
from .session import Access, connect, region_of_bucket

T = TypeVar("T")

METHODS = {
    "HeadObjectLock": "HeadObject",
    "HeadObjectVersion": "HeadObject",
    "CopyObjectVersion": "CopyObject",
    "UploadPartCopyVersion": "UploadPartCopy",
    "GetObjectVersionTagging": "GetObjectTagging",
    "DeleteObjectVersions": "DeleteObjects",
}
"""S3's own name of an operation that has a name of ours, because its permission is another one."""
_WRITES = {"PutObject", "CopyObject", "CopyObjectVersion", "CompleteMultipartUpload", "RestoreObject"}


class Calls:
    """The clients of one bucket and the ways to call them. ``has_written``: something was put, copied or asked for."""

    def __init__(self, access: Access) -> None:
        self.bucket, self._is_one_job, self.has_written = access.bucket, access.is_one_job, False
        self._over: UnusableError | None = None
        self._moving, self._has_moved = Lock(), False
        self._connect(access)
        self._turns = Turns(attempts=access.attempts, patience=3 * access.timeout) if access.paced else None

    @property
    def room(self) -> int:
        """How many requests are worth sending at once now."""
        return self._turns.room if self._turns else MOST

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return S3's reply to one operation, done at the store's pace."""
        # One attempt: botocore has made its own by then, unless it was all the time asked to slow down.
        key = arguments.get("Key") or arguments.get("Prefix", "")
        return self._request(operation, key, lambda: self._ask(operation, **arguments), attempts=1)

    def _ask(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return S3's reply, as botocore raises and retries; arguments that are empty texts are left out."""
        method = getattr(self._client, xform_name(METHODS.get(operation, operation)))
        reply: dict[str, Any] = method(Bucket=self.bucket, **{k: v for k, v in arguments.items() if v != ""})
        return reply

    def _request(self, operation: str, key: str, work: Callable[[], T], *, attempts: int | None = None) -> T:
        """Return ``work()``, done at the store's pace."""

        def attempt() -> T:
            with self._named(operation, key):
                return work()

        def turn() -> T:
            return self._turns.take(attempt, kind=operation, attempts=attempts) if self._turns else attempt()

        if self._over:
            raise copy(self._over)
        try:
            try:
                result = turn()
            except UnusableError as error:
                if error.code not in ELSEWHERE or not self._move():
                    raise
                result = turn()
        except UnusableError as error:
            self._over = error if self._is_one_job else None
            raise
        self.has_written |= operation in _WRITES
        return result

    def _connect(self, access: Access) -> None:
        client, self._objects = connect(access)
        self._access, self._client, self._endpoint = access, client, client.meta.endpoint_url

    def _move(self) -> bool:
        """Say whether the clients are now those of the bucket's own region; a region that somebody named stays."""
        with self._moving:
            if not self._has_moved and (region := region_of_bucket(self._access, self._client)):
                self._connect(replace(self._access, region=region))
                self._has_moved = True
            return self._has_moved

    def _refusal(self, operation: str, item: Any) -> str:
        error = ClientError({"Error": item}, operation)
        return str(translate(error, operation=operation, bucket=self.bucket, key=item["Key"]))

    @contextmanager
    def _named(self, operation: str, key: str) -> Iterator[None]:
        """Turn whatever a library raises into a StoreError that names the operation."""
        try:
            yield
        except (BotoCoreError, ClientError, BaseError, OSError, ValueError) as error:
            raise translate(error, operation=operation, bucket=self.bucket, key=key, endpoint=self._endpoint) from error
