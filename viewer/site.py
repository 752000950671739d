"""All that the pages share, made once at the start."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import cast

from cctv.layout import Layout
from cctv.store import Store
from flask import current_app

from viewer.configuration import Configuration
from viewer.disk_cache import DiskCache
from viewer.evidence_zip import EXPORTS_AT_ONCE
from viewer.gallery import CAPACITY, Gallery
from viewer.listing_cache import ListingCache
from viewer.overview import Overview
from viewer.passwords import Passwords
from viewer.sessions import Sessions
from viewer.slots import Slots
from viewer.throttle import Throttle
from viewer.thumbnails import Thumbnails


@dataclass(frozen=True, slots=True)
class Site:
    """One bucket, its users, and what is remembered of both. ``restoring`` is None where nobody may restore."""

    configuration: Configuration
    gallery: Gallery
    overview: Overview
    thumbnails: Thumbnails
    sessions: Sessions
    throttle: Throttle
    passwords: Passwords
    restoring: Store | None
    exports: Slots
    large_files: Slots

    @classmethod
    def open(cls, configuration: Configuration) -> Site:
        """Connect; CctvError when credentials are missing. Nothing is asked of S3 yet."""
        zones = configuration.zones()
        store = Store(configuration.access(configuration.profile))
        disk = DiskCache(Path(configuration.cache_folder), capacity=configuration.cache_megabytes * 1_000_000)
        restorer = configuration.restore_profile
        gallery = Gallery(store, Layout(configuration.prefix), zones, ListingCache(capacity=CAPACITY))
        return cls(
            configuration=configuration,
            gallery=gallery,
            overview=Overview(gallery, silent_after=timedelta(hours=configuration.silent_after_hours)),
            thumbnails=Thumbnails(disk),
            sessions=Sessions(seconds=configuration.session_hours * 3600),
            throttle=Throttle(),
            passwords=Passwords(configuration.users),
            restoring=Store(configuration.access(restorer)) if restorer else None,
            exports=Slots(EXPORTS_AT_ONCE),
            large_files=Slots(max(1, configuration.threads // 2)),  # the others are for pages
        )


def site() -> Site:
    """Return the site of the request that is being answered."""
    return cast("Site", current_app.extensions["site"])
