"""Every role's interface is told three times, and the three agree: defaults, argument specification, README."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted(path.parent.parent for path in (Path(__file__).parents[2] / "roles").glob("*/tasks/main.yml"))
SECTIONS = ["Example", "Variables", "Permissions", "Check mode"]
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<type>[\w\[\] ]+) \| `(?P<default>.*?)` \| .+ \|$", re.MULTILINE)

pytestmark = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text()) or {}


def options(role: Path) -> dict[str, dict[str, Any]]:
    return load(role / "meta/argument_specs.yml")["argument_specs"]["main"]["options"]


def test_defaults_are_the_options(role):
    defaults = load(role / "defaults/main.yml")
    assert set(defaults) == set(options(role))
    for name, option in options(role).items():
        if not option.get("required"):
            assert option["default"] == defaults[name], f"{name} has two defaults"


def test_the_readme_lists_the_options(role):
    rows = {row["name"]: row for row in ROW.finditer((role / "README.md").read_text())}
    assert set(rows) == set(options(role))
    for name, default in load(role / "defaults/main.yml").items():
        assert rows[name]["type"].split(" ")[0] == options(role)[name]["type"], f"README: type of {name}"
        assert yaml.safe_load(rows[name]["default"]) == default, f"README: default of {name}"


def test_names_tell_whose_they_are(role):
    assert all(name.startswith(f"{role.name}_") for name in options(role))
    assert all(name.startswith(f"__{role.name}_") for path in role.glob("vars/*.yml") for name in load(path))


def test_what_a_run_sets_is_internal(role):
    """Registered variables and facts start with __ROLE_; loop variables too."""
    text = "\n".join(path.read_text() for path in role.glob("tasks/*.yml"))
    names = re.findall(r"^\s*(?:register|loop_var): (\S+)$", text, re.MULTILINE)
    assert [name for name in names if not name.startswith(f"__{role.name}_")] == []


def test_no_option_is_forgotten(role):
    """Every option is used somewhere."""
    places = [path for folder in ("tasks", "templates", "vars", "handlers") for path in role.glob(f"{folder}/**/*")]
    text = "\n".join(path.read_text() for path in places if path.is_file())
    assert [name for name in options(role) if not re.search(rf"\b{name}\b", text)] == []


def test_the_readme_has_the_usual_sections(role):
    headings = re.findall(r"^## (.+)$", (role / "README.md").read_text(), re.MULTILINE)
    assert [heading for heading in SECTIONS if heading not in headings] == []
