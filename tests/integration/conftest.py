"""A fresh bucket for each test, and the core's objects on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.site import Site

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


@pytest.fixture
def site(emulator: Emulator, bucket: str) -> Site:
    return Site(emulator, bucket)
