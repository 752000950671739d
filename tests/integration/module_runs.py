"""Run a module in this process: what Ansible would do, without the second that Ansible takes for it."""

from __future__ import annotations

import importlib.util
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.testing import patch_module_args

if TYPE_CHECKING:
    from tests.emulator.client import Emulator

LIBRARY = Path(__file__).parents[2] / "library"


def load(name: str) -> Any:
    """Import one module of library/."""
    specification = importlib.util.spec_from_file_location(name, LIBRARY / f"{name}.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class Modules:
    """Runs modules with the emulator's credentials in the environment, and nobody else's."""

    def __init__(self, emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch
        nobody = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull, "TZ": "UTC"}
        for variable, value in {**nobody, "AWS_EC2_METADATA_DISABLED": "true", **emulator.environment}.items():
            monkeypatch.setenv(variable, value)

    def run(self, name: str, environment: dict[str, str] | None = None, **options: Any) -> dict[str, Any]:
        """Run one module and return its result."""
        self._capsys.readouterr()
        with self._monkeypatch.context() as here, patch_module_args(options):
            for variable, value in (environment or {}).items():
                here.setenv(variable, value)
            with pytest.raises(SystemExit) as left:
                load(name).main()
        result: dict[str, Any] = json.loads(self._capsys.readouterr().out)
        assert (left.value.code != 0) == (result.get("failed") is True)
        return result
