#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archive sorted days into cold storage."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_archive
short_description: Archive sorted days into cold storage
version_added: "0.1.0"
description:
  - Puts the pictures of a sorted day into one archive with an index beside it, and then removes them.
  - A picture goes only when S3's checksum of the archive is the one computed while writing and the index is in place.
  - Which days is said by at least one of O(date), O(pattern) and O(older_than_days), and all given must hold;
    with O(index_only) none means all days.
  - A picture under a legal hold, or locked for longer than its archive would be, stays where it is and is reported.
  - An archive is never overwritten; pictures of an archived day that come late go into a supplement.
options:
  date:
    description: Only this day, as V(YYYY-MM-DD).
    type: str
    default: ""
  pattern:
    description: Only days that this glob matches, such as V(*2021-12-*) or V(CAM-EXT-004/2021-*).
    type: str
    default: ""
  older_than_days:
    description: Only days more than this many days ago.
    type: int
  limit:
    description:
      - Most day folders that one run archives. The oldest go first, the others are reported as deferred.
      - A day about which nothing can be done, such as one in cold storage, does not count; a run looks at no more days
        than ten times the limit.
    type: int
    default: 31
  limit_per_camera:
    description: Count the limit for each camera by itself, as the old toolkit did.
    type: bool
    default: false
  storage_class:
    description: Storage class of the archives. Their indexes are always in V(STANDARD).
    type: str
    choices: [STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE]
    default: GLACIER
  chain:
    description:
      - Append each archive to its camera's chain of hashes, C(CAMERA/archive/chain/), which M(cctv_verify) checks.
      - An archive that a cut run left without a link gets one when its pictures, packed again, give the same bytes. Any
        other gets one by O(index_only) alone, which reads it first.
      - Nothing of a camera is archived while the last link of its chain is damaged, does not follow the one before, or,
        with O(signing_key), is not signed by that key.
    type: bool
    default: true
  signing_key:
    description:
      - File with a secret key of C(minisign), to sign each link of the chain with. Keep it off the relay.
    type: path
  signing_password:
    description: Password of that key.
    type: str
    default: ""
  expected_heads:
    description:
      - Last links that you checked yourself, by camera, as V(NUMBER:SHA256) or V(SHA256). Links may follow them
        whatever they look like, as when a chain that was not signed is to be signed from now on.
    type: dict
    default: {}
  timestamp_url:
    description:
      - Address of a time stamp authority (RFC 3161) that says when each link was there, by a clock of its own.
      - It is told a hash of the link and nothing else.
    type: str
    default: ""
  index_only:
    description:
      - Archive nothing, but write the index of archives that have none, such as those of the old toolkit, or one that
        cannot be read. Each of these is read to its end, in check mode as well, so one in cold storage has to be
        restored first.
      - With O(chain) each archive without a link is read, and gets one if it is what its index says. A link says that
        you vouch for what is there, so look first whose archives these are.
    type: bool
    default: false
extends_documentation_fragment:
  - cctv
  - cctv.cameras
  - cctv.workers
author: The maintainers
"""

EXAMPLES = r"""
- name: Archive December 2021 of all cameras
  cctv_capture_archive:
    bucket: my-video-surveillance
    pattern: "*2021-12-*"

- name: Archive what is older than a month
  cctv_capture_archive:
    bucket: my-video-surveillance
    older_than_days: 30
    storage_class: GLACIER_IR
"""

RETURN = r"""
archives:
  description: The archives that were written.
  returned: always
  type: list
  elements: dict
  contains:
    camera: {description: Name of the camera., type: str}
    date: {description: The day., type: str, sample: "2022-02-24"}
    key: {description: Key of the archive., type: str}
    index_key: {description: Key of its index., type: str}
    captures: {description: Number of pictures in it., type: int}
    bytes: {description: Size of the archive; in check mode of the pictures., type: int}
    sha256: {description: SHA-256 of the archive; empty in check mode., type: str}
skipped:
  description: >-
    Number of pictures left for the next run. Ansible shows a task with any as skipped, whatever else it did.
    They are empty and may still be written.
  returned: always
  type: int
kept:
  description: >-
    Pictures that stay where they are, as C(key) and C(reason); the first 1000. A legal hold or a lock keeps them that
    lasts longer, or is stricter, than the one that the bucket gives to what is new.
  returned: always
  type: list
  elements: dict
locked:
  description: Number of those pictures.
  returned: always
  type: int
deferred:
  description: Days that the limit left for the next run, which were not looked at, as C(camera) and C(date).
  returned: always
  type: list
  elements: dict
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

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.heads import parse_heads
from ansible.module_utils.cctv.selection import DayRule
from ansible.module_utils.cctv.shell import WORKERS, chosen_cameras, diff, run, share
from ansible.module_utils.cctv.wording import amount

with declared():
    from ansible.module_utils.cctv.archiving import Archiver
    from ansible.module_utils.cctv.chain import Chain
    from ansible.module_utils.cctv.days import chosen_days, day_rule
    from ansible.module_utils.cctv.signing import signer
    from ansible.module_utils.cctv.stamping import stamper

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = WORKERS | {
    "date": {"type": "str", "default": ""},
    "pattern": {"type": "str", "default": ""},
    "older_than_days": {"type": "int"},
    "limit": {"type": "int", "default": 31},
    "limit_per_camera": {"type": "bool", "default": False},
    "storage_class": {
        "type": "str",
        "default": "GLACIER",
        "choices": [
            "STANDARD",
            "STANDARD_IA",
            "ONEZONE_IA",
            "INTELLIGENT_TIERING",
            "GLACIER_IR",
            "GLACIER",
            "DEEP_ARCHIVE",
        ],
    },
    "chain": {"type": "bool", "default": True},
    "signing_key": {"type": "path"},
    "signing_password": {"type": "str", "default": "", "no_log": True},
    "expected_heads": {"type": "dict", "default": {}},
    "timestamp_url": {"type": "str", "default": ""},
    "index_only": {"type": "bool", "default": False},
}
RANGES = {"limit": range(1, 10**6)}


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Archive the chosen days, or index the archives of them."""
    params = module.params
    asked = {name: params[name] for name in ("date", "pattern", "older_than_days")}
    rule = DayRule() if params["index_only"] and not any(asked.values()) else day_rule(**asked)
    chosen = chosen_days(catalog, chosen_cameras(module, catalog), rule, share(params))
    sign = signer(params["signing_key"], params["signing_password"]) if params["signing_key"] else None
    stamp = stamper(params["timestamp_url"]) if params["timestamp_url"] else None
    heads = parse_heads(params["expected_heads"])
    archiver = Archiver(
        catalog=catalog,
        storage_class=params["storage_class"],
        chain=Chain(catalog, sign, stamp, heads, check_mode=module.check_mode) if params["chain"] else None,
        check_mode=module.check_mode,
    )
    if params["index_only"]:
        outcome = archiver.index(chosen.archived)
    else:
        outcome = archiver.archive(chosen.sorted, params["limit"], per_camera=params["limit_per_camera"])
    locked = f" {amount(outcome.kept.count, 'picture')} locked and left." if outcome.kept.count else ""
    done = f"{amount(len(outcome.archives), 'archive')} written, {amount(outcome.removed, 'picture')} removed"
    late = f"{amount(outcome.finished, 'index')} put in place, {amount(outcome.linked, 'link')} appended"
    return {
        "changed": outcome.changed,
        "msg": f"{done}, {amount(len(outcome.deferred), 'day')} deferred, {late}.{locked}",
        "archives": [asdict(archive) | {"date": archive.date.isoformat()} for archive in outcome.archives],
        "skipped": outcome.skipped,
        "kept": [{"key": key, "reason": reason} for key, reason in outcome.kept.reasons.items()],
        "locked": outcome.kept.count,
        "deferred": [{"camera": camera, "date": day.isoformat()} for camera, day in outcome.deferred],
        "failures": chosen.failures | outcome.failures,
        "diff": diff(outcome.gone, [*outcome.put, *sorted(outcome.links)], header="days"),
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work, ranges=RANGES)


if __name__ == "__main__":
    main()
