#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""List the cameras of a bucket."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_camera_info
short_description: List the cameras of a bucket
version_added: "0.1.0"
description:
  - Lists the cameras that have pictures in a bucket, with one request for each 1,000 of them.
  - With O(details), also counts what each camera has, without a scan of the bucket.
options:
  details:
    description: Count each camera's loose pictures, days and archives, and find its first and last capture.
    type: bool
    default: false
extends_documentation_fragment:
  - cctv
author: The maintainers
"""

EXAMPLES = r"""
- name: List the cameras
  cctv_camera_info:
    bucket: my-video-surveillance
  register: found

- name: Show how much each camera has
  cctv_camera_info:
    bucket: my-video-surveillance
    details: true
"""

RETURN = r"""
names:
  description: Names of the cameras, sorted.
  returned: always
  type: list
  elements: str
  sample: [CAM-EXT-001, CAM-EXT-002]
cameras:
  description: The cameras, sorted by name. All but C(name) only with O(details), and where nothing failed.
  returned: always
  type: list
  elements: dict
  contains:
    name: {description: Name of the camera., type: str, sample: CAM-EXT-001}
    loose: {description: Number of pictures not sorted yet., type: int, sample: 12}
    sorted_days: {description: Number of day folders., type: int, sample: 31}
    archived_days: {description: Number of days that have an archive., type: int, sample: 365}
    loose_bytes: {description: Size of the loose pictures., type: int, sample: 1200000}
    archive_bytes: {description: Size of the archives., type: int, sample: 9000000000}
    first_capture: {description: When the first picture was captured; of an archived day its midnight., type: str}
    last_capture: {description: When the last picture was captured; of an archived day its midnight., type: str}
msg:
  description: What was found, in a sentence.
  returned: always
  type: str
failures:
  description: What could not be read, as C(key) and C(reason).
  returned: always
  type: list
  elements: dict
"""

from typing import TYPE_CHECKING, Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.errors import noted
from ansible.module_utils.cctv.shell import run
from ansible.module_utils.cctv.wording import amount

with declared():
    from ansible.module_utils.cctv.survey import Survey, survey

if TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule
    from ansible.module_utils.cctv.catalog import Catalog

SPEC: dict[str, dict[str, Any]] = {"details": {"type": "bool", "default": False}}


def describe(found: Survey) -> dict[str, Any]:
    """Return one camera as the result shows it."""
    return {
        "name": found.camera,
        "loose": found.loose,
        "sorted_days": len(found.days),
        "archived_days": len(found.archived_days),
        "loose_bytes": found.loose_bytes,
        "archive_bytes": found.archive_bytes,
        "first_capture": found.first.isoformat() if found.first else "",
        "last_capture": found.last.isoformat() if found.last else "",
    }


def work(module: AnsibleModule, catalog: Catalog) -> dict[str, Any]:
    """List the cameras."""
    names = catalog.cameras()
    cameras, failures = {name: dict[str, Any](name=name) for name in names}, dict[str, str]()
    for name in names if module.params["details"] else ():
        with noted(failures, catalog.layout.camera_folder(name)):
            cameras[name] = describe(survey(catalog, name))
    return {
        "changed": False,
        "msg": f"{amount(len(names), 'camera')}.",
        "names": names,
        "cameras": list(cameras.values()),
        "failures": failures,
    }


def main() -> None:
    """Run the module."""
    run(SPEC, work)


if __name__ == "__main__":
    main()
