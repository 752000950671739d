"""A copy of the project, a home and a bucket as the documentation supposes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.documentation import by_hand
from tests.documentation.by_hand import HOME
from tests.documentation.reader import Reader
from tests.integration.bucket_contents import Contents, name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.emulator.client import Emulator

BUCKET, REGION = "my-video-surveillance", "eu-central-1"
FRESH, AFTER_HOME = STATES = ("as it comes", "after home.md")


def follow_home(reader: Reader) -> None:
    """Make the inventory as docs/home.md says, and encrypt its vault."""
    by_hand.follow(reader, [by_hand.block_of(HOME, part) for part in ("mkdir inventory/home", "vault.yml.example")])


@pytest.fixture
def reader(emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """The reader, of whom each page expects this much already."""
    reader = Reader(tmp_path, emulator.url)
    reader.settle()
    by_hand.credentials(reader, emulator.access_key, emulator.secret_key)
    if getattr(request, "param", FRESH) == AFTER_HOME:
        follow_home(reader)
    client = emulator.boto3_client(region_name=REGION)
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    emulator.set(enforce_regions=True)
    contents = Contents(client, BUCKET)
    contents.day("CAM-EXT-001", 3)
    contents.day("CAM-EXT-001", 2, day="2021-12-20")
    contents.put(f"CAM-EXT-002/{name(7)}")
    yield reader
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    for key in [entry["Key"] for page in pages for entry in page.get("Contents", [])]:
        client.delete_object(Bucket=BUCKET, Key=key)
    client.delete_bucket(Bucket=BUCKET)
    emulator.set(enforce_regions=False)
