"""What the restore of a day costs and how far it is: of its archives, and of pictures that are cold themselves."""

from __future__ import annotations

import json
import shlex
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from cctv.errors import StoreError
from cctv.layout import Layout
from cctv.prices import CLASSES, restore_tier
from cctv.quote import Quote, quote
from cctv.store import READABLE, Store

from viewer import pictures
from viewer.configuration import Configuration
from viewer.gallery import AT_ONCE, Gallery
from viewer.refusals import RestoreRefusedError

KEEP_DAYS = 7
"""Days for which what was restored stays readable."""
MOST_OBJECTS = 1000
"""Objects whose state is asked for, one by one, and that are restored at once."""


@dataclass(frozen=True, slots=True)
class Held:
    """An object that holds pictures of the day: an archive, or one that a rule of the bucket made cold."""

    key: str
    etag: str
    size: int
    storage_class: str
    is_archive: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One tier with its price."""

    tier: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Offer:
    """The state of a day's objects (``cold``, ``ongoing`` or ``ready``), their bytes, and what may be asked for.

    ``singles`` counts the cold objects that are no archives. Too many of them are not offered, but told.
    """

    state: str
    bytes: int
    storage_class: str
    choices: tuple[Choice, ...]
    singles: int = 0
    cold: tuple[Held, ...] = ()

    @property
    def is_too_much(self) -> bool:
        """Say whether there are more objects than are restored from a page."""
        return self.singles > MOST_OBJECTS


def offer(gallery: Gallery, camera: str, day: date) -> Offer | None:
    """Return what can be done for ``day``; None when nothing of it lies in an archive or in cold storage."""
    objects = _objects(gallery, camera, day)
    if not objects:
        return None
    coldest = next((held.storage_class for held in objects if held.storage_class not in READABLE), "")
    storage_class = coldest or objects[0].storage_class
    size, singles = sum(held.size for held in objects), sum(not held.is_archive for held in objects)
    if singles > MOST_OBJECTS:
        return Offer("cold", size, storage_class, (), singles)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        states = list(pool.map(lambda held: _state(gallery, held), objects))
    cold = [held for held, state in zip(objects, states, strict=True) if state == "cold"]
    if not cold:
        return Offer("ongoing" if "ongoing" in states else "ready", size, storage_class, (), singles)
    tiers = [name for name, _ in CLASSES[coldest].tiers] if coldest in CLASSES else []
    shared = [tier for tier in tiers if all(restore_tier(held.storage_class, tier) for held in cold)]
    choices = tuple(Choice(tier, quote(cold, tier=tier)) for tier in shared)
    return Offer("cold", size, storage_class, choices, singles, tuple(cold))


def ask(gallery: Gallery, store: Store, offered: Offer, *, tier: str) -> None:
    """Ask for what is cold by ``store``, which has the right to; RestoreRefusedError when S3 does not take it."""

    def request(held: Held) -> None:
        try:
            store.restore(held.key, tier=tier, days=KEEP_DAYS)
        except StoreError as error:
            raise RestoreRefusedError(str(error), code=error.code) from error
        gallery.cache.forget(("state", held.key, held.etag))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(request, offered.cold))


def _objects(gallery: Gallery, camera: str, day: date) -> list[Held]:
    found = gallery.day(camera, day).value
    archives = [archive.object for archive in gallery.catalog().archives(camera, day) if archive.object]
    singles = [shot for shot in found.shots if not shot.part and shot.storage_class not in READABLE]
    return [Held(each.key, each.etag, each.size, each.storage_class, is_archive=True) for each in archives] + [
        Held(pictures.key_of(gallery, shot), shot.etag, shot.size, shot.storage_class, is_archive=False)
        for shot in singles
    ]


def _state(gallery: Gallery, held: Held) -> str:
    """Return the state as S3 says it now: whoever loads the page again wants to know."""
    if held.storage_class in READABLE:
        return "ready"
    gallery.cache.forget(("state", held.key, held.etag))
    return pictures.restore_state(gallery, held.key, held.etag)


def command(configuration: Configuration, layout: Layout, camera: str, day: date, offered: Offer) -> str:
    """Return what the administrator types: the playbook for archives, S3's own command for single pictures."""
    knobs = {"cctv_bucket": configuration.bucket, "cctv_cameras": [camera], "cctv_date": day.isoformat()}
    if layout.prefix:
        knobs["cctv_prefix"] = layout.prefix
    typed = json.dumps(knobs, ensure_ascii=False)
    playbook = f"ansible-playbook playbooks/captures_restore.yml -e {shlex.quote(typed)}"
    if not offered.singles:
        return playbook
    bucket = shlex.quote(configuration.bucket)
    folder = shlex.quote(layout.day_folder(camera, day))
    query = shlex.quote(f"Contents[?StorageClass=='{offered.storage_class}'].[Key]")
    request = f"Days={KEEP_DAYS},GlacierJobParameters={{Tier=Standard}}"
    return (
        f"{playbook}\naws s3api list-objects-v2 --bucket {bucket} --prefix {folder} --query {query} --output text |\n"
        f'while read -r key; do aws s3api restore-object --bucket {bucket} --key "$key" --restore-request'
        f" '{request}'; done"
    )
