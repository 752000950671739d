"""What Ansible's own loaders say of the modules and filters."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "library").glob("*.py"))
JOBS = [name for name in MODULES if name.startswith(("cctv_camera_", "cctv_capture_", "cctv_verify"))]
PLAYBOOKS = sorted((ROOT / "playbooks").glob("*.yml"))


def documented(module: str) -> tuple[dict[str, Any], list[dict[str, Any]], dict[str, Any]]:
    """The documentation with its fragments merged, the examples, and the returned keys."""
    fragment_loader.add_directory(str(ROOT / "doc_fragments"))
    documentation, examples, returned, _ = get_docstring(str(ROOT / "library" / f"{module}.py"), fragment_loader)
    return documentation, yaml.safe_load(examples), returned


def argument_spec(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The specification that the module gives to Ansible."""
    given: dict[str, Any] = {}

    def note(_self: AnsibleModule, argument_spec: dict[str, Any], **rules: Any) -> None:
        given.update(argument_spec)
        raise SystemExit

    monkeypatch.setattr(AnsibleModule, "__init__", note)
    found = importlib.util.spec_from_file_location(module, ROOT / "library" / f"{module}.py")
    assert found
    assert found.loader
    loaded: Any = importlib.util.module_from_spec(found)
    found.loader.exec_module(loaded)
    with pytest.raises(SystemExit):
        loaded.main()
    return given
