"""What a bucket holds, put there and read back behind the back of the project."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

DAY = "2022-02-24"


def name(second: int, day: str = DAY) -> str:
    """The name a Hikvision camera gives to a picture."""
    return f"10.0.0.5_01_{day.replace('-', '')}0715{second:02}123_LINE_CROSSING_DETECTION.jpg"


@dataclass(frozen=True)
class Contents:
    """One bucket."""

    client: Any
    bucket: str

    def put(self, *keys: str, body: bytes | None = None) -> None:
        """Write objects, each with its key as its bytes if no others are given."""
        for key in keys:
            self.client.put_object(Bucket=self.bucket, Key=key, Body=key.encode() if body is None else body)

    def day(self, camera: str, count: int, *, day: str = DAY) -> list[str]:
        """Write a sorted day of so many pictures, and return their keys."""
        keys = [f"{camera}/{day}/{name(second, day)}" for second in range(count)]
        self.put(*keys)
        return keys

    def listed(self) -> list[str]:
        """All keys, sorted."""
        return sorted(self.state())

    def state(self) -> dict[str, str]:
        """The ETag of every object, by key."""
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket)
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", [])}

    def read(self, key: str) -> bytes:
        """The bytes of one object."""
        body: bytes = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        return body
