#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Bring a bucket back to how it was at an instant."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_undelete
short_description: Bring a bucket back to how it was at an instant
version_added: "0.1.0"
description:
  - Brings back what was deleted or overwritten since an instant, out of the versions that the bucket keeps.
  - Deleted objects come back by taking their delete markers away, overwritten ones by a copy of the old version.
  - What the jobs have sorted, archived or purged since comes back as well. The next sort and archive find that it is
    a second copy, and clear it away.
  - With all cameras, what lies beside their folders comes back as well.
  - Needs a bucket with versioning, and a user with the job V(undelete) of role C(bucket), which no relay has.
options:
  at:
    description:
      - The instant, in ISO 8601, such as V(2026-11-23T02:00:00+02:00). Without an offset it is in O(timezone).
      - Nothing can be brought back from longer ago than the bucket keeps old versions. RV(msg) says when an instant is
        that long ago.
    type: str
    required: true
  overwritten:
    description:
      - How an object that was overwritten comes back.
      - V(copy) puts a copy of the old version on top, tags and all, so that nothing is removed. What came in parts, as
        archives do, is copied in the same parts, and appears once S3 states the same checksums of it as of the old
        version. What is in cold storage has to be restored first.
      - V(uncover) removes the newer versions for good. It can do so with everything that is not locked.
    type: str
    choices: [copy, uncover]
    default: copy
  hide_newer:
    description:
      - Delete what was not there at the instant, too. A delete marker hides it, and its versions stay.
      - Without it, pictures that came since stay.
      - Refused for an instant longer ago than the bucket keeps old versions, when old and new cannot be told apart.
    type: bool
    default: false
extends_documentation_fragment:
  - cctv
  - cctv.cameras
author: The maintainers
"""

EXAMPLES = r"""
- name: Undo whatever has been done to the bucket since two in the morning
  cctv_capture_undelete:
    bucket: my-video-surveillance
    at: "2026-11-23T02:00:00+02:00"

- name: Bring one camera back, archives in cold storage that were overwritten too
  cctv_capture_undelete:
    bucket: my-video-surveillance
    cameras: [CAM-EXT-001]
    at: "2026-11-23T02:00:00"
    timezone: Europe/Kyiv
    overwritten: uncover
"""

RETURN = r"""
undeleted:
  description: Number of objects whose newer versions or delete markers went.
  returned: always
  type: int
reverted:
  description: Number of objects that were overwritten, and whose old version was copied on top.
  returned: always
  type: int
hidden:
  description: Number of newer objects that were hidden by a delete marker.
  returned: always
  type: int
newer:
  description: Number of objects that came after the instant and stay.
  returned: always
  type: int
keys:
  description: Keys of the objects that were changed, the first thousand.
  returned: always
  type: list
  elements: str
msg:
  description: What was done, in a sentence, and why something may be gone for good.
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

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.errors import CctvError
from ansible.module_utils.cctv.shell import CAMERAS, diff, run

with declared():
    from ansible.module_utils.cctv.undeleting import Overwritten, Undeleter

if TYPE_CHECKING:
    from datetime import tzinfo

    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog


def instant(text: str, zone: tzinfo) -> datetime:
    """Return the instant that ``text`` means in ``zone``."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise CctvError(f"at: {text!r} is no instant: write it as 2026-11-23T02:00:00+02:00.") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Undelete the chosen cameras."""
    params = module.params
    undeleter = Undeleter(
        catalog=catalog,
        at=instant(params["at"], catalog.zones.default),
        overwritten=Overwritten(params["overwritten"]),
        hide_newer=params["hide_newer"],
        check_mode=module.check_mode,
    )
    outcome = undeleter.undelete(params["cameras"])
    counts = {name: getattr(outcome, name) for name in ("undeleted", "reverted", "hidden", "newer")}
    return {
        "changed": bool(outcome.undeleted or outcome.reverted or outcome.hidden),
        "msg": (
            f"{outcome.undeleted} objects undeleted, {outcome.reverted} put back over what had replaced them,"
            f" {outcome.hidden} newer ones hidden, {outcome.newer} left as they are. {outcome.caution}"
        ).rstrip(),
        **counts,
        "keys": outcome.keys,
        "failures": outcome.failures,
        "diff": diff((), outcome.keys, header=f"as of {undeleter.at.isoformat()}"),
    }


def main() -> None:
    """Run the module."""
    spec = {
        "at": {"type": "str", "required": True},
        "overwritten": {"type": "str", "choices": ["copy", "uncover"], "default": "copy"},
        "hide_newer": {"type": "bool", "default": False},
    }
    run(CAMERAS | spec, work)


if __name__ == "__main__":
    main()
