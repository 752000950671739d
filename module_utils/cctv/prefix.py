"""Pictures brought to an S3 prefix. What is there already stays as it is."""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass

from .destination import LARGE, Picture
from .errors import CctvError, StoreError
from .forecast import Outline
from .layout import distinct_name
from .store import Store

MARKED = (
    "What lies in the folder of this name was restored: it is no camera. Delete both when it is not needed any more.\n"
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """An S3 prefix: ``PREFIX/CAM/DATE/name``. ``marker`` is the key that says so to who looks for cameras there."""

    store: Store
    prefix: str
    marker: str = ""

    def check(self) -> None:
        """StoreError when the bucket does not exist or may not be listed."""
        next(self.store.list_level(self.prefix), None)

    def open(self) -> None:
        """Put the marker."""
        if self.marker:
            self.store.put(self.marker, MARKED.encode(), content_type="text/plain")

    def write(self, picture: Picture) -> tuple[str, bool, str]:
        """Write one object create-only; one of the same name with other bytes stays."""
        key = f"{self.prefix}{picture.camera}/{picture.day.isoformat()}/{picture.name}"
        with tempfile.TemporaryFile() if picture.size > LARGE else io.BytesIO() as file:
            sha256 = picture.pour(file)
            for candidate in (key, distinct_name(key, sha256)):
                try:
                    is_new = self.store.put(candidate, file, content_type="image/jpeg")
                except StoreError as error:
                    if error.code != "PreconditionFailed":
                        raise
                else:
                    return f"s3://{self.store.bucket}/{candidate}", is_new, sha256
        raise CctvError(f"{key} holds other pictures already: choose another destination.")

    def place(self, outline: Outline) -> tuple[str, bool]:
        """Return the object that would be written, and whether it is not there yet."""
        key = f"{self.prefix}{outline.camera}/{outline.day.isoformat()}/{outline.name}"
        address = f"s3://{self.store.bucket}/{key}"
        if not outline.name:
            return address, next(self.store.list_level(key), None) is None
        return address, key not in self.store.look_up([key])

    def holds(self, bucket: str, key: str, /) -> bool:
        """Whether an object lies below the prefix."""
        return bucket == self.store.bucket and key.startswith(self.prefix)
