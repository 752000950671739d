#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Delete days past their time."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_purge
short_description: Delete days past their time
version_added: "0.1.0"
description:
  - Deletes the sorted days, and the archives if asked, that are older than a number of days.
  - Run it in check mode first, which shows what would go and what deleting it early would cost.
  - An archive whose index is missing or damaged is kept and reported.
  - A picture in a folder that the camera made below a day, such as C(2024-01-01/001/jpg/), is kept and reported until
    it was there for that many days itself, and so is an archive with such a picture. A camera whose clock was reset
    names what it sends now by a day long past. Sorting counts as arriving.
  - What Object Lock or a legal hold protects is kept and reported, with the time until when.
  - In a bucket with versioning, what goes is hidden, and removed when the bucket's rule for old versions says so.
options:
  older_than_days:
    description: Only days more than this many days ago. At least 1.
    type: int
    required: true
  include_archives:
    description: Delete archives too.
    type: bool
    default: false
extends_documentation_fragment:
  - cctv
  - cctv.cameras
  - cctv.workers
author: The maintainers
"""

EXAMPLES = r"""
- name: Delete what is older than three years
  cctv_capture_purge:
    bucket: my-video-surveillance
    older_than_days: 1096
    include_archives: true
"""

RETURN = r"""
purged:
  description: What went.
  returned: always
  type: dict
  contains:
    captures: {description: Number of pictures., type: int}
    days: {description: Number of day folders., type: int}
    archives: {description: Number of archives., type: int}
    bytes: {description: Size of all., type: int}
kept:
  description: Archives and days of that age that stay, or some of whose pictures stay, as C(key) and C(reason).
  returned: always
  type: list
  elements: dict
locked:
  description: Number of pictures and archives that a lock keeps.
  returned: always
  type: int
versioned:
  description: Whether the bucket keeps what went as old versions for a while.
  returned: always
  type: bool
early_deletion_usd:
  description: What deleting before the minimum time of the storage class costs, in US dollars at list price.
  returned: always
  type: float
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

from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.shell import WORKERS, chosen_cameras, diff, run, share
from ansible.module_utils.cctv.wording import amount, dollars

with declared():
    from ansible.module_utils.cctv.purging import Purger

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = WORKERS | {
    "older_than_days": {"type": "int", "required": True},
    "include_archives": {"type": "bool", "default": False},
}


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Purge the chosen cameras."""
    age = module.params["older_than_days"]
    archives = module.params["include_archives"]
    purger = Purger(
        catalog=catalog,
        older_than_days=age,
        include_archives=archives,
        share=share(module.params),
        check_mode=module.check_mode,
    )
    outcome = purger.purge(chosen_cameras(module, catalog))
    size = f"{amount(outcome.days, 'day')} and {amount(outcome.archives, 'archive')}"
    purged = {name: getattr(outcome, name) for name in ("captures", "days", "archives", "bytes")}
    cost = round(outcome.early_deletion_usd, 6)
    locked = f" {outcome.locked} are locked and stay." if outcome.locked else ""
    return {
        "changed": bool(outcome.keys),
        "msg": f"{amount(outcome.captures, 'picture')} of {size} purged, early deletion costs {dollars(cost)}.{locked}",
        "purged": purged,
        "kept": [{"key": key, "reason": reason} for key, reason in outcome.kept.items()],
        "locked": outcome.locked,
        "versioned": outcome.versioned,
        "early_deletion_usd": cost,
        "failures": outcome.failures,
        "diff": diff(outcome.keys, (), header="days and archives"),
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work)


if __name__ == "__main__":
    main()
