"""What the restore of an archived day costs and how far it is: the core's own plan, in check mode."""

from __future__ import annotations

import dataclasses
import json
import shlex
from dataclasses import dataclass
from datetime import date

from cctv.errors import CctvError
from cctv.prices import CLASSES
from cctv.restoring import Outcome, Quote, Restorer
from cctv.selection import DayRule
from cctv.store import READABLE, Store

from viewer.configuration import Configuration
from viewer.gallery import Gallery

KEEP_DAYS = 7
"""Days for which what was restored stays readable."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One tier with its price."""

    tier: str
    quote: Quote


@dataclass(frozen=True, slots=True)
class Offer:
    """The state of a day's archives (``cold``, ``ongoing`` or ``ready``), their bytes, and what may be asked for."""

    state: str
    bytes: int
    storage_class: str
    choices: tuple[Choice, ...]


def offer(gallery: Gallery, camera: str, day: date) -> Offer | None:
    """Return what can be done for ``day``; None when it has no archive."""
    archives = [archive for archive in gallery.catalog().archives(camera, day) if archive.object]
    classes = [archive.object.storage_class for archive in archives if archive.object]
    if not archives:
        return None
    coldest = next((name for name in classes if name not in READABLE), classes[0])
    choices = []
    outcome = Outcome()
    for tier in [name for name, _ in CLASSES[coldest].tiers] if coldest in CLASSES else []:
        try:
            outcome = _plan(gallery, gallery.store, camera, day, tier, check_mode=True)
        except CctvError:
            continue  # a tier that one of the day's archives does not have
        if not outcome.requested:
            break
        choices.append(Choice(tier, outcome.quote))
    size = sum(archive.object.size for archive in archives if archive.object)
    state = "cold" if outcome.requested else "ongoing" if outcome.pending else "ready"
    return Offer(state, size, coldest, tuple(choices) if state == "cold" else ())


def ask(gallery: Gallery, store: Store, camera: str, day: date, *, tier: str) -> None:
    """Ask for the day by ``store``, which has the right to; CctvError when S3 refuses."""
    outcome = _plan(gallery, store, camera, day, tier, check_mode=False)
    for archive in [*outcome.requested, *outcome.pending, *outcome.ready]:
        if archive.object:
            gallery.cache.forget(("state", archive.object.key, archive.object.etag))
    for reason in outcome.failures.values():
        raise CctvError(reason)


def command(configuration: Configuration, camera: str, day: date) -> str:
    """Return what the administrator types on the control node."""
    knobs = {"cctv_bucket": configuration.bucket, "cctv_cameras": [camera], "cctv_date": day.isoformat()}
    return f"ansible-playbook playbooks/captures_restore.yml -e {shlex.quote(json.dumps(knobs, ensure_ascii=False))}"


def _plan(gallery: Gallery, store: Store, camera: str, day: date, tier: str, *, check_mode: bool) -> Outcome:
    restorer = Restorer(
        catalog=dataclasses.replace(gallery.catalog(), store=store),
        days=DayRule.on(day),
        takes=lambda _: True,
        takes_all=True,
        tier=tier,
        keep_days=KEEP_DAYS,
        destination=None,
        check_mode=check_mode,
    )
    return restorer.restore([camera])
