"""How many bytes a verification reads: what lies in the archives that it is about, as far as they can be read now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.archive_reader import is_readable
from ansible.module_utils.cctv.days import days_asked
from ansible.module_utils.cctv.selection import select_cameras

if TYPE_CHECKING:
    from ansible.module_utils.cctv.catalog import Catalog


def work(module: Any, catalog: Catalog) -> dict[str, Any]:
    """Weigh them by their listing; of what is in the cold S3 is asked."""
    params = module.params
    rule = days_asked(params)
    archives = [
        archive.object
        for camera in (select_cameras(catalog.cameras(), params["cameras"]) if params["read"] else ())
        for archive in catalog.archives(camera)
        if archive.object and rule.takes(camera, archive.day, today=catalog.zones.today(camera, catalog.now))
    ]
    return {"bytes": sum(held.size for held in archives if is_readable(catalog.store, held))}
