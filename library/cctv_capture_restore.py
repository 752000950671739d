#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring pictures back out of cold storage."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_restore
short_description: Bring pictures back out of cold storage
version_added: "0.1.0"
description:
  - Asks S3 to restore the archives that need it and reports them as requested, pending or ready.
  - Brings the pictures to a folder or an S3 prefix, also those that still lie in their day's folder or are loose.
  - One picture is read with one range request, and each is checked against its SHA-256.
  - In check mode it gives a quote and says what it would bring, by listings and indexes alone.
options:
  date:
    description: Only this day, as V(YYYY-MM-DD). Either this or a range is required.
    type: str
    default: ""
  from:
    description: First day of a range.
    type: str
    default: ""
  to:
    description: Last day of a range.
    type: str
    default: ""
  names:
    description:
      - Only pictures whose file name one of these globs matches, whatever the letter case; with a slash in it, the
        C(name) that M(cctv_capture_info) gives, as a whole. Such a C(name) means the picture itself, brackets and all.
    type: list
    elements: str
    default: ["*"]
  tier:
    description: How fast S3 restores cold objects.
    type: str
    choices: [Standard, Bulk, Expedited]
    default: Standard
  days:
    description: How many days the restored copy stays readable.
    type: int
    default: 7
  destination:
    description:
      - Local folder or S3 prefix, V(s3://bucket/prefix/), to bring the pictures to. Empty only restores.
      - In the bucket of the cameras it must be a folder of its own. An object beside it, V(prefix.cctv-restored),
        tells it from a camera.
    type: str
    default: ""
  wait:
    description: Wait until S3 has restored all. What it has not when the time is up is a failure.
    type: bool
    default: false
  wait_timeout:
    description: Most seconds to wait.
    type: int
    default: 86400
  wait_interval:
    description: Seconds between two looks.
    type: int
    default: 30
extends_documentation_fragment:
  - cctv
  - cctv.cameras
author: The maintainers
"""

EXAMPLES = r"""
- name: Bring back one night
  cctv_capture_restore:
    bucket: my-video-surveillance
    cameras: [CAM-EXT-001]
    from: "2022-02-23"
    to: "2022-02-24"
    destination: /srv/evidence
    wait: true
"""

RETURN = r"""
requested:
  description: Archives that S3 was asked to restore, as C(camera), C(date), C(key) and C(storage_class).
  returned: always
  type: list
  elements: dict
pending:
  description: Archives that S3 is still restoring.
  returned: always
  type: list
  elements: dict
ready:
  description: Archives that can be read.
  returned: always
  type: list
  elements: dict
restored:
  description: Where each picture is now.
  returned: always
  type: list
  elements: dict
  contains:
    camera: {description: Name of the camera., type: str}
    date: {description: The day., type: str}
    name: {description: Name of the picture., type: str}
    path: {description: File or S3 address., type: str}
    bytes: {description: Size in bytes., type: int}
    sha256: {description: SHA-256 of the picture., type: str}
quote:
  description: What it costs.
  returned: always
  type: dict
  contains:
    usd: {description: US dollars at list price, with the traffic out of S3 where a destination is given., type: float}
    hours: {description: Hours until all can be read; of what was asked for before the most it may take., type: float}
    bytes: {description: 'Size of the archives that S3 is asked for, and of what is brought besides.', type: int}
msg:
  description: What was done, in a sentence.
  returned: always
  type: str
failed:
  description: Number of items that failed; any makes the task fail.
  returned: always
  type: int
failures:
  description: What failed, as C(key) and C(reason). Everything else was done.
  returned: always
  type: list
  elements: dict
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.selection import require_some
from ansible.module_utils.cctv.shell import CAMERAS, access, chosen_cameras, diff, run
from ansible.module_utils.cctv.wording import amount, dollars, duration

with declared():
    from ansible.module_utils.cctv.days import chosen_days, day_rule
    from ansible.module_utils.cctv.destination import Destination
    from ansible.module_utils.cctv.folder import Folder
    from ansible.module_utils.cctv.prefix import Prefix
    from ansible.module_utils.cctv.restored import marker_of
    from ansible.module_utils.cctv.restoring import Restorer
    from ansible.module_utils.cctv.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Archive, Catalog

SPEC: dict[str, dict[str, Any]] = CAMERAS | {
    "date": {"type": "str", "default": ""},
    "from": {"type": "str", "default": ""},
    "to": {"type": "str", "default": ""},
    "names": {"type": "list", "elements": "str", "default": ["*"]},
    "tier": {"type": "str", "choices": ["Standard", "Bulk", "Expedited"], "default": "Standard"},
    "days": {"type": "int", "default": 7},
    "destination": {"type": "str", "default": ""},
    "wait": {"type": "bool", "default": False},
    "wait_timeout": {"type": "int", "default": 86400},
    "wait_interval": {"type": "int", "default": 30},
}
S3 = "s3://"
RANGES = {"days": range(1, 10**5), "wait_timeout": range(10**8), "wait_interval": range(1, 10**5)}


def destination(module: AnsibleModule, catalog: Catalog) -> Destination | None:
    """Return where the pictures go."""
    place = module.params["destination"]
    if not place:
        return None
    is_prefix = place[: len(S3)].lower() == S3
    target = _prefix(module.params, place, catalog) if is_prefix else Folder(_path(place))
    target.check()
    return target


def _prefix(params: dict[str, Any], place: str, catalog: Catalog) -> Prefix:
    bucket, _, prefix = place[len(S3) :].partition("/")
    if not bucket:
        raise CctvError(f"destination: {place} names no bucket: write s3://BUCKET/FOLDER.")
    prefix = prefix and prefix.rstrip("/") + "/"
    marker = marker_of(catalog, prefix) if bucket == catalog.store.bucket else ""
    return Prefix(Store(access(params, bucket=bucket)), prefix, marker)


def _path(place: str) -> Path:
    try:
        return Path(place).expanduser()
    except RuntimeError as error:
        raise CctvError(f"destination: {place} is no folder: there is no such user.") from error


def rows(archives: Iterable[Archive]) -> list[dict[str, str]]:
    """Return archives as the result shows them."""
    return [
        {
            "camera": archive.camera,
            "date": archive.day.isoformat(),
            "key": archive.object.key,
            "storage_class": archive.object.storage_class,
        }
        for archive in archives
        if archive.object
    ]


def refuse(names: list[str], there: Destination | None, *, is_plan: bool) -> None:
    """Raise CctvError where nothing is meant; to ask what nothing but sorted pictures would cost is no error."""
    called = ", ".join(names)
    if there:
        raise CctvError(f"No picture of these days is called {called}.")
    if "*" not in names:
        raise CctvError(
            f"No archive of these days holds a picture called {called}: give a destination to look outside of archives."
        )
    if not is_plan:
        raise CctvError(
            "No archive of these days has to be restored: give a destination, and the pictures come at once."
        )


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Restore the chosen pictures."""
    params = module.params
    require_some("names", params["names"])
    cameras = chosen_cameras(module, catalog)
    rule = day_rule(date=params["date"], first=params["from"], last=params["to"])
    chosen_days(catalog, cameras, rule, or_loose=True)
    restorer = Restorer(
        catalog=catalog,
        days=rule,
        names=params["names"],
        tier=params["tier"],
        keep_days=params["days"],
        destination=destination(module, catalog),
        wait_seconds=params["wait_timeout"] if params["wait"] else None,
        poll_seconds=params["wait_interval"],
        check_mode=module.check_mode,
    )
    outcome = restorer.restore(cameras)
    quote, written = outcome.quote, len(outcome.written)
    held = outcome.requested or outcome.pending or (outcome.ready and not restorer.destination)
    if not (held or outcome.matched or outcome.failures):
        refuse(params["names"], restorer.destination, is_plan=module.check_mode)
    return {
        "changed": bool(outcome.requested or outcome.written),
        "msg": f"{len(outcome.requested)} requested, {len(outcome.pending)} pending, {len(outcome.ready)} ready, "
        f"{amount(written, 'picture')} brought; "
        f"quote: {amount(quote.bytes, 'byte')}, {duration(quote.hours)}, {dollars(quote.usd)}.",
        "requested": rows(outcome.requested),
        "pending": rows(outcome.pending),
        "ready": rows(outcome.ready),
        "restored": outcome.restored,
        "quote": {"usd": quote.usd, "hours": quote.hours, "bytes": quote.bytes},
        "failures": outcome.failures,
        "diff": diff((), [*(row["key"] for row in rows(outcome.requested)), *outcome.written], header="restored"),
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work, ranges=RANGES)


if __name__ == "__main__":
    main()
