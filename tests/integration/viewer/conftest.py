"""The viewer in this process, on a bucket of the emulator, with a visitor who can log in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.viewer.bucket import Bucket
from tests.integration.viewer.visitor import Visitor, site_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator


@pytest.fixture
def pictures(emulator: Emulator, bucket: str) -> Bucket:
    return Bucket(emulator, bucket)


@pytest.fixture
def stranger(emulator: Emulator, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Somebody who has not logged in."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    return Visitor(site_of(bucket, tmp_path))


@pytest.fixture
def owner(stranger: Visitor) -> Visitor:
    stranger.log_in()
    return stranger
