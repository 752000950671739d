#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List the pictures and the days of a camera."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_capture_info
short_description: List the pictures and days of a camera
version_added: "0.1.0"
description:
  - Lists the pictures of a camera, loose, sorted and archived alike, and the days that it has.
  - Archived pictures come from the archive's index; nothing is restored and nothing is charged but the listing.
options:
  camera:
    description: Name of the camera.
    type: str
    required: true
  date:
    description: Only this day, as V(YYYY-MM-DD).
    type: str
    default: ""
  pattern:
    description:
      - Only pictures whose file name this glob matches, whatever the letter case; with a slash in it, the C(name) of
        the result as a whole, or the key. Such a C(name) means the picture itself, brackets and all.
    type: str
    default: "*"
  list_captures:
    description: List the pictures; V(false) lists only the days, which costs a few requests however many there are.
    type: bool
    default: true
extends_documentation_fragment:
  - cctv
author: The maintainers
"""

EXAMPLES = r"""
- name: List what a camera captured on one day
  cctv_capture_info:
    bucket: my-video-surveillance
    camera: CAM-EXT-001
    date: "2022-02-24"

- name: List the days of a camera
  cctv_capture_info:
    bucket: my-video-surveillance
    camera: CAM-EXT-001
    list_captures: false
"""

RETURN = r"""
captures:
  description: The pictures, by the time of capture.
  returned: always
  type: list
  elements: dict
  contains:
    key: {description: Key of the picture or of the archive that holds it., type: str}
    camera: {description: Name of the camera., type: str}
    name: {description: 'Name of the picture, with the folders that it has within its day.', type: str}
    captured_at: {description: ISO 8601 in the camera's zone., type: str, sample: "2022-02-24T07:15:02.123+02:00"}
    time_source:
      description: >-
        Where the time comes from: V(name), V(path) or V(arrival). The arrival of a picture that a sort moved is when it
        was sorted.
      type: str
      sample: name
    event: {description: What the camera says happened., type: str, sample: LINE_CROSSING_DETECTION}
    size: {description: Size in bytes., type: int}
    storage_class: {description: Storage class of the picture or of its archive., type: str, sample: STANDARD}
    location: {description: One of loose or sorted or archived., type: str, sample: sorted}
days:
  description: >-
    The days that have pictures in a folder or in archives, one of each for a day with both; C(count) and C(bytes) are
    -1 where not counted, or where one of the archives has no index that can be read.
  returned: always
  type: list
  elements: dict
  contains:
    camera: {description: Name of the camera., type: str}
    date: {description: The day., type: str, sample: "2022-02-24"}
    count: {description: Number of pictures., type: int}
    bytes: {description: Size of the pictures., type: int}
    location: {description: One of sorted or archived., type: str}
msg:
  description: What was found, in a sentence.
  returned: always
  type: str
failures:
  description: Archives whose index is damaged, as C(key) and C(reason).
  returned: always
  type: list
  elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.shell import run
from ansible.module_utils.cctv.wording import amount

with declared():
    from ansible.module_utils.cctv.contents import Contents

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = {
    "camera": {"type": "str", "required": True},
    "date": {"type": "str", "default": ""},
    "pattern": {"type": "str", "default": "*"},
    "list_captures": {"type": "bool", "default": True},
}


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """List the pictures and days."""
    params = module.params
    contents = Contents(catalog, params["camera"], params["date"], params["pattern"])
    captures, days, failures = contents.read(with_captures=params["list_captures"])
    msg = f"{amount(len(captures), 'picture')}, {amount(len({row['date'] for row in days}), 'day')}."
    if not (captures or days or failures) and (params["date"] or params["pattern"] != "*"):
        asked = " and ".join(params[name] for name in ("date", "pattern") if params[name] not in ("", "*"))
        msg = f"Nothing of {params['camera']} matches {asked}."
    elif params["list_captures"] and not captures and params["pattern"] != "*":
        msg = f"No picture of {params['camera']} matches {params['pattern']}. {msg}"
    return {"changed": False, "msg": msg, "captures": captures, "days": days, "failures": failures}


def main() -> None:
    """Run the module."""
    run(SPEC, work)


if __name__ == "__main__":
    main()
