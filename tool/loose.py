"""The pictures of a camera that are not sorted yet: a listing of its top level, however many days it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.contents import Contents
from ansible.module_utils.cctv.wording import amount

if TYPE_CHECKING:
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = {
    "camera": {"type": "str", "required": True},
    "pattern": {"type": "str", "default": "*"},
}


def work(module: Any, catalog: Catalog) -> dict[str, Any]:
    """List them."""
    rows = list(Contents(catalog, module.params["camera"], "", module.params["pattern"]).loose())
    return {"changed": False, "msg": f"{amount(len(rows), 'loose picture')}.", "captures": rows, "failures": {}}
