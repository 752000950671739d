"""A bucket in another region than the one that is guessed, or named."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.bucket_contents import DAY, Contents, name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.emulator.client import Emulator
    from tests.integration.module_runs import Modules

NONE = {"AWS_DEFAULT_REGION": ""}


@pytest.fixture
def far(emulator: Emulator, bucket: str) -> Iterator[Contents]:
    """A bucket in Frankfurt, that answers nobody who signs for another region."""
    client = emulator.boto3_client(region_name="eu-central-1")
    there = f"{bucket}-{uuid.uuid4().hex[:4]}"
    client.create_bucket(Bucket=there, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    emulator.set(enforce_regions=True)
    yield Contents(client, there)
    emulator.set(enforce_regions=False)


def test_a_region_that_nobody_named_is_found(modules: Modules, far: Contents, emulator: Emulator) -> None:
    """By both libraries: one lists and deletes, the other copies."""
    emulator.set(clock_offset_seconds=-5)
    far.put(f"CAM-1/{name(1)}")
    emulator.reset()
    done = modules.run("cctv_capture_sort", NONE, bucket=far.bucket, min_age_seconds=0)
    assert (done["failures"], far.listed()) == ([], [f"CAM-1/{DAY}/{name(1)}"])
    assert emulator.requests()["HeadBucket"] == 1


@pytest.mark.parametrize(
    ("environment", "options"),
    [
        (NONE, {"region": "us-east-1"}),
        (NONE | {"AWS_REGION": "eu-west-1"}, {}),
        ({"AWS_DEFAULT_REGION": "us-east-1"}, {}),
    ],
)
def test_a_region_that_somebody_named_is_not_overruled(
    modules: Modules, far: Contents, emulator: Emulator, environment: dict[str, str], options: dict[str, Any]
) -> None:
    emulator.reset()
    refused = modules.run("cctv_camera_info", environment, bucket=far.bucket, **options)
    assert refused["msg"] == (f"Bucket {far.bucket} is in another region (eu-central-1): set the region option to it.")
    assert "HeadBucket" not in emulator.requests()
