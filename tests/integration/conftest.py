"""A fresh bucket for each test, with the core's objects on it, and Ansible as users run it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.ansible_runs import Ansible
from tests.integration.bucket_contents import Contents
from tests.integration.module_runs import Modules
from tests.integration.site import Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator


@pytest.fixture
def ansible(emulator: Emulator, tmp_path: Path) -> Ansible:
    return Ansible(emulator, tmp_path)


@pytest.fixture
def modules(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Modules:
    return Modules(emulator, monkeypatch, capsys)


@pytest.fixture
def contents(emulator: Emulator, bucket: str) -> Contents:
    client: Any = emulator.boto3_client()
    return Contents(client, bucket)


@pytest.fixture
def site(emulator: Emulator, bucket: str) -> Site:
    return Site(emulator, bucket)
