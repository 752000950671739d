"""How the store calls S3: by one name for each operation, at the store's pace, with one exception type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError

from ..pace import Turns
from .errors import translate
from .session import Access, connect

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


class Calls:
    """The clients of one bucket and the ways to call them."""

    def __init__(self, access: Access) -> None:
        self.bucket = access.bucket
        client, self._objects = connect(access)
        self._client, self._endpoint = client, client.meta.endpoint_url
        self._turns = Turns(attempts=access.attempts, patience=3 * access.timeout) if access.paced else None

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Return S3's reply to one operation, done at the store's pace."""
        # One attempt: botocore has made its own by then, unless it was all the time asked to slow down.
        key = arguments.get("Key", "")
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

        return self._turns.take(attempt, attempts=attempts) if self._turns else attempt()

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
