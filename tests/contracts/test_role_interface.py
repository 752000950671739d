"""A role's defaults, its argument specs and the table in its README are the same list."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROLES = sorted((ROOT / "roles").iterdir())
ROW = re.compile(r"^\| `(\w+)` \| (\w+) \|", re.MULTILINE)


def load(role: Path, *path: str) -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(role.joinpath(*path).read_text())
    return data


def options(role: Path) -> dict[str, Any]:
    specs: dict[str, Any] = load(role, "meta", "argument_specs.yml")["argument_specs"]["main"]["options"]
    return specs


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)
class TestRole:
    def test_defaults_are_the_specified_ones(self, role: Path) -> None:
        assert load(role, "defaults", "main.yml") == {name: spec["default"] for name, spec in options(role).items()}

    def test_readme_lists_each_variable_with_its_type(self, role: Path) -> None:
        listed = ROW.findall((role / "README.md").read_text())
        assert listed == [(name, spec["type"]) for name, spec in options(role).items()]

    def test_public_variables_carry_the_role_s_name(self, role: Path) -> None:
        assert all(name.startswith(f"{role.name}_") for name in options(role))

    def test_variables_of_its_own_say_so(self, role: Path) -> None:
        assert all(name.startswith(f"__{role.name}_") for name in load(role, "vars", "main.yml"))
