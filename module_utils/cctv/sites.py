"""Whether what looks like a camera is a site with cameras of its own below: sorting it would make one camera of all.

Only what this project alone writes says so: vendors, too, make folders of days within folders of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from typing import TYPE_CHECKING

from .errors import CctvError, StoreError
from .layout import ARCHIVE_FOLDER, parse_archive_name, parse_day
from .store import BATCH, Object
from .timeless import ARRIVED_AT

if TYPE_CHECKING:
    from .catalog import Catalog

DEEPER = 1
"""A site's prefix may have one segment more than the folder that is taken for a camera."""
_LINK = re.compile(r"chain/\d{8,}\.json")
# No camera is called so, and there may be one for each day or hour: 2026_07_08-2026_07_08, 20250901, 2023Y05M06D15H.
_DATED = re.compile(r"20\d\d[-_Y]?(?:0[1-9]|1[0-2])[-_M]?(?:[0-2]\d|3[01])")


def refuse_sites(catalog: Catalog, folders: Iterable[str]) -> None:
    """Raise CctvError when one of ``folders``, which lie in a camera's, is a camera's itself: a LIST for each."""
    for folder in folders:
        _refuse(catalog, folder, DEEPER)


def _refuse(catalog: Catalog, folder: str, deeper: int) -> None:
    site = folder[: folder.rindex("/", 0, -1) + 1]
    if _DATED.match(folder[len(site) :]):
        return
    newest, others = "", []
    for entry in catalog.store.list_level(folder):
        if isinstance(entry, Object):
            continue
        name = entry[len(folder) : -1]
        if name == ARCHIVE_FOLDER and _are_archives(catalog, entry):
            raise CctvError(_sentence(site, "archives of cameras below it"))
        if parse_day(name):
            newest = entry
        else:
            others.append(entry)
    if newest and _is_forwarded(catalog, newest):
        raise CctvError(_sentence(site, "sorted days of cameras below it"))
    for other in others if deeper else ():
        _refuse(catalog, other, deeper - 1)


def _sentence(site: str, held: str) -> str:
    return f"{site[:-1]} holds {held} and looks like a site: give its prefix (--prefix {site})."


def _are_archives(catalog: Catalog, folder: str) -> bool:
    names = (entry.key[len(folder) :] for entry in islice(catalog.store.list_all(folder), BATCH))
    return any(parse_archive_name(name) or _LINK.fullmatch(name) for name in names)


def _is_forwarded(catalog: Catalog, day: str) -> bool:
    """Say whether the forwarder, which puts each picture under its final key, put the first one of a day there."""
    first = next((entry for entry in catalog.store.list_all(day) if not entry.key.endswith("/")), None)
    try:
        return first is not None and ARRIVED_AT in catalog.store.head(first.key).metadata
    except StoreError as error:
        if error.code in ("404", "NoSuchKey"):  # moved meanwhile, as only a loose one is
            return False
        raise
