#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Verify archives against their chain of hashes."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_verify
short_description: Verify archives against their chain of hashes
version_added: "0.1.0"
description:
  - Reads the chain of each camera from its first link to its last, and holds index, archive and pictures against it.
  - Says of everything that is not as it was archived whether it is missing, changed or added. It never writes.
  - It fails where no archive is meant, for then nothing has been verified.
  - The chain itself is always read as a whole; O(date), O(from) and O(to) say which days are looked into.
options:
  date:
    description: Only this day, as V(YYYY-MM-DD).
    type: str
    default: ""
  from:
    description: Only days from this one on.
    type: str
    default: ""
  to:
    description: Only days up to this one.
    type: str
    default: ""
  read:
    description:
      - Read every byte of the archives. Without it, S3's own checksum of each archive is compared, which costs nothing.
      - What is in cold storage cannot be read, and is reported as V(unread); restore it first.
    type: bool
    default: true
  public_key:
    description:
      - Public key of C(minisign), its base64 line, to check the signatures with; all of them where the key was changed.
      - A good signature, by any of them, covers all links before it as well.
    type: list
    elements: str
    default: []
  timestamp_certificates:
    description:
      - File with the certificates (PEM) of the authority whose time stamps are to be checked, its root first of all.
      - A good stamp shows that its link, and all links before it, were there at its time.
    type: path
    default: ""
  expected_heads:
    description:
      - Heads that an earlier run printed, by camera, as V(NUMBER:SHA256) or V(SHA256).
      - One that is not on its chain is V(missing). Nothing else shows that a chain was cut off at its end, written
        anew, or deleted with its camera. Keep them where the owner of the bucket cannot reach them.
    type: dict
    default: {}
  purged_after_days:
    description:
      - Days after which archives are purged. One that is missing then is reported as V(expired), and is no failure.
    type: int
    default: 0
extends_documentation_fragment:
  - cctv
  - cctv.cameras
author: The maintainers
"""

EXAMPLES = r"""
- name: Verify one day, byte by byte
  cctv_verify:
    bucket: my-video-surveillance
    cameras: [CAM-EXT-001]
    date: "2022-02-24"
    public_key: RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
    expected_heads:
      CAM-EXT-001: "41:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

- name: Verify everything by what S3 says
  cctv_verify:
    bucket: my-video-surveillance
    read: false
"""

RETURN = r"""
whole:
  description: What is as it was archived.
  returned: always
  type: dict
  contains:
    archives: {description: Number of archives that are as they were archived., type: int}
    unread: {description: Number of those by S3's checksum alone; nobody read their bytes., type: int}
    captures: {description: Number of pictures., type: int}
    bytes: {description: Bytes of the archives that were read., type: int}
    signed: {description: Number of links with a good signature., type: int}
    stamped: {description: Number of links with a good time stamp., type: int}
findings:
  description: >-
    What is not, as C(camera), C(date), C(key), C(name) of a picture inside, C(finding) and C(reason). A finding is
    V(missing), V(changed), V(added), V(unsigned), V(unstamped), V(late), V(rebuilt), V(unread) or V(expired); any but
    the last four makes the task fail. V(late) are links without a stamp of their own, which a later link's stamp
    covers; V(rebuilt) are links of an index that was lost and made again from the archive of an earlier link.
  returned: always
  type: list
  elements: dict
heads:
  description: >-
    Number and SHA-256 of each camera's last link, and C(stamped_at), the time of its last good time stamp.
    Kept elsewhere, it shows that no link was cut off later.
  returned: always
  type: list
  elements: dict
msg:
  description: What was found, in a sentence.
  returned: always
  type: str
failed:
  description: Number of items that failed; any makes the task fail.
  returned: always
  type: int
failures:
  description: What is wrong or could not be verified, as C(key) and C(reason).
  returned: always
  type: list
  elements: dict
"""

from dataclasses import asdict
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.heads import parse_heads
from ansible.module_utils.cctv.selection import select_cameras
from ansible.module_utils.cctv.shell import CAMERAS, run
from ansible.module_utils.cctv.wording import amount

with declared():
    from ansible.module_utils.cctv.days import days_asked
    from ansible.module_utils.cctv.signing import is_signed_by_one, public_key
    from ansible.module_utils.cctv.stamping import stamp_reader
    from ansible.module_utils.cctv.verifying import Verifier

if TYPE_CHECKING:
    from datetime import date

    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = CAMERAS | {
    "date": {"type": "str", "default": ""},
    "from": {"type": "str", "default": ""},
    "to": {"type": "str", "default": ""},
    "public_key": {"type": "list", "elements": "str", "default": []},
    "timestamp_certificates": {"type": "path", "default": ""},
    "read": {"type": "bool", "default": True},
    "expected_heads": {"type": "dict", "default": {}},
    "purged_after_days": {"type": "int", "default": 0},
}
RANGES = {"purged_after_days": range(36600)}
HARMLESS = ("late", "rebuilt", "unread", "expired")


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Verify the chosen cameras."""
    params = module.params
    keys = [public_key(text) for text in params["public_key"]]
    kept, expected = timedelta(days=params["purged_after_days"]), parse_heads(params["expected_heads"])

    def expired_before(camera: str) -> date:
        today: date = catalog.zones.today(camera, catalog.now)
        return today - kept

    verifier = Verifier(
        catalog=catalog,
        days=days_asked(params),
        read=params["read"],
        is_signed=partial(is_signed_by_one, keys) if keys else None,
        stamped_at=stamp_reader(params["timestamp_certificates"]) if params["timestamp_certificates"] else None,
        expired_before=expired_before if kept else None,
        expected=expected,
    )
    # A camera that is gone, chain and all, is not there to be chosen.
    outcome = verifier.verify(select_cameras(sorted({*catalog.cameras(), *expected}), params["cameras"]))
    wrong = [finding for finding in outcome.findings if finding.finding not in HARMLESS]
    whole = {name: getattr(outcome, name) for name in ("archives", "unread", "captures", "bytes", "signed", "stamped")}
    stamped = {name: at.isoformat() for name, at in outcome.stamped_at.items()}
    unread = f", {outcome.unread} by S3's checksum alone: not read" if outcome.unread else ""
    failures = {" ".join(filter(None, (it.key, it.name))): f"{it.finding}: {it.reason}" for it in wrong}
    return {
        "changed": False,
        "msg": (
            f"Whole: {amount(outcome.captures, 'picture')} in {amount(outcome.archives, 'archive')}{unread};"
            f" {amount(len(outcome.findings), 'finding')} in {amount(outcome.days, 'day')}."
            + ("" if keys else " Signatures were not checked, for want of a public key.")
        ),
        "whole": whole,
        "findings": [asdict(finding) for finding in outcome.findings],
        "heads": [
            {"camera": name, "number": last, "sha256": sha, "stamped_at": stamped.get(name, "")}
            for name, (last, sha) in outcome.heads.items()
        ],
        "failures": outcome.failures | failures,
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work, ranges=RANGES)


if __name__ == "__main__":
    main()
