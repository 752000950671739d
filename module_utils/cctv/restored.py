"""What a restore brings into the bucket of the cameras itself: a folder beside theirs, told from them by a marker."""

from __future__ import annotations

from .catalog import Catalog
from .errors import CctvError


def marker_of(catalog: Catalog, prefix: str) -> str:
    """Return the key that marks the topmost folder of ``prefix``; empty where nobody looks for cameras.

    Raises CctvError for a prefix below which pictures would lie among those that a camera sends.
    """
    layout = catalog.layout
    if not prefix.startswith(layout.prefix):
        return ""
    top = layout.camera_of(prefix)
    if not top:
        raise CctvError("destination: name a folder of its own, such as s3://BUCKET/evidence: cameras have the others.")
    cameras = catalog.cameras()
    if top in cameras:
        folder = layout.camera_folder(top)
        inner = {entry[len(folder) : -1] for entry in catalog.store.list_level(folder) if isinstance(entry, str)}
        # Nothing but folders of cameras: an earlier version restored there, and left no marker.
        if catalog.has_own_pictures(top) or not inner <= {*cameras} - {top}:
            raise CctvError(
                f"destination: {top} is a camera: choose a folder of its own, such as s3://BUCKET/evidence."
            )
    return layout.restored_key(top)
