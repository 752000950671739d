"""Fixtures that every kind of test may use."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import ansible.module_utils
import pytest

from tests.emulator.client import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
ansible.module_utils.__path__.append(str(ROOT / "module_utils"))


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    """An emulated AWS, one for each worker of the test run."""
    with Emulator.start() as running:
        yield running


@pytest.fixture
def bucket(emulator: Emulator) -> Iterator[str]:
    """The name of a fresh bucket; no fault and no setting of an earlier test is left."""
    _calm(emulator)
    name = f"cctv-{uuid.uuid4().hex[:12]}"
    emulator.boto3_client().create_bucket(Bucket=name)
    emulator.reset()
    yield name
    _calm(emulator)


def _calm(emulator: Emulator) -> None:
    emulator.clear_faults()
    emulator.set(latency_ms=0, enforce_iam=False, enforce_regions=False, restore_heads=0, clock_offset_seconds=0)
