#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Sort loose pictures by the day they were captured."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_sort
short_description: Sort loose pictures by the day they were captured
version_added: "0.1.0"
description:
  - Moves the pictures that lie loose in a camera's folder to the folder of the day they were captured.
  - A picture goes only when its copy is proven; where the destination holds other bytes both are kept.
  - A picture under a legal hold, or locked for longer than its copy would be, stays where it is and is reported.
options:
  patterns:
    description:
      - Only pictures whose file name one of these globs matches, whatever the letter case.
      - One with a slash is held against the key below the prefix, as in V(CAM-EXT-001/*.mp4).
    type: list
    elements: str
    default: ["*"]
  min_age_seconds:
    description: Leave pictures that arrived less than this ago, which may still be written, for the next run.
    type: int
    default: 60
extends_documentation_fragment:
  - cctv
  - cctv.cameras
  - cctv.workers
author: The maintainers
"""

EXAMPLES = r"""
- name: Sort the JPEG pictures of all cameras
  cctv_capture_sort:
    bucket: my-video-surveillance
    patterns: ["*.jpg"]
    timezone: Europe/Kyiv
"""

RETURN = r"""
moved:
  description: Number of pictures that are in their day's folder now.
  returned: always
  type: int
skipped:
  description: >-
    Number of pictures left for the next run. Ansible shows a task with any as skipped, whatever else it did.
    They are empty or too young.
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
clock_suspect:
  description: >-
    Number of pictures whose names hold a time that was not believed, because it lies after the arrival or long before
    there were such cameras. They go by the arrival. A warning names each camera that has some.
  returned: always
  type: int
long_past:
  description: >-
    Number of pictures that are by their names more than 180 days older than the arrival: a backlog, or of a camera
    whose clock was reset, which M(cctv_capture_purge) cannot tell. A warning names each camera that has some.
  returned: always
  type: int
moves:
  description: The first 1000 moves.
  returned: always
  type: list
  elements: dict
  contains:
    source: {description: Key before., type: str}
    destination: {description: Key after., type: str}
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

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.selection import name_filter
from ansible.module_utils.cctv.shell import WORKERS, chosen_cameras, diff, run, share
from ansible.module_utils.cctv.wording import amount

with declared():
    from ansible.module_utils.cctv.sorting import Sorter

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = WORKERS | {
    "patterns": {"type": "list", "elements": "str", "default": ["*"]},
    "min_age_seconds": {"type": "int", "default": 60},
}
RANGES = {"min_age_seconds": range(10**8)}


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """Sort the chosen cameras."""
    sorter = Sorter(
        catalog=catalog,
        takes=name_filter(module.params["patterns"]),
        min_age=timedelta(seconds=module.params["min_age_seconds"]),
        share=share(module.params),
        check_mode=module.check_mode,
    )
    outcome = sorter.sort(chosen_cameras(module, catalog))
    locked = f" {outcome.kept.count} are locked and stay." if outcome.kept.count else ""
    if outcome.passed_over and not (outcome.moved or outcome.skipped or outcome.kept.count or outcome.failures):
        module.warn(
            f"Of {amount(outcome.passed_over, 'loose picture')} none matches {', '.join(module.params['patterns'])}."
        )
    for doubt in outcome.doubts.sentences():
        module.warn(doubt)
    return {
        "changed": outcome.moved > 0,
        "msg": f"{amount(outcome.moved, 'picture')} sorted, {outcome.skipped} left for the next run.{locked}",
        "moved": outcome.moved,
        "skipped": outcome.skipped,
        "kept": [{"key": key, "reason": reason} for key, reason in outcome.kept.reasons.items()],
        "locked": outcome.kept.count,
        "clock_suspect": outcome.doubts.suspect.total(),
        "long_past": outcome.doubts.long_past.total(),
        "moves": [{"source": source, "destination": destination} for source, destination in outcome.moves],
        "failures": outcome.failures,
        "diff": diff((source for source, _ in outcome.moves), (to for _, to in outcome.moves), header="pictures"),
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work, ranges=RANGES)


if __name__ == "__main__":
    main()
