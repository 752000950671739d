#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Try to destroy evidence with the keys of a relay."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_site_drill
short_description: Try to destroy evidence with the keys of a relay
version_added: "0.1.0"
description:
  - Does with a relay's access key what a thief would do with it, on pictures of its own, and says how each ended.
  - Runs twice. With O(stage=attack) the owner lays out pictures, the thief tries, and the owner puts settings of the
    bucket back that the thief could change. With O(stage=judge), after M(cctv_capture_undelete) has run, it says what
    could be undone, and removes the pictures of the drill.
  - The options of the connection are the owner's, who manages the bucket.
options:
  stage:
    description: V(attack), or V(judge) what came of it.
    type: str
    required: true
    choices: [attack, judge]
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  prefix:
    description: Folder in the bucket that the relay is confined to.
    type: str
    default: ""
  relay_access_key:
    description: The relay's access key.
    type: str
    required: true
  relay_secret_key:
    description: Its secret.
    type: str
    required: true
  trail:
    description: Name or ARN of the trail of CloudTrail that watches the account.
    type: str
    default: management-events
  accepted:
    description: Attempts that may succeed, because the owner accepted it when giving the relay such a key.
    type: list
    elements: str
    default: []
  attempts:
    description: What O(stage=attack) returned, to be judged.
    type: list
    elements: dict
    default: []
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
author: The maintainers
"""

EXAMPLES = r"""
- name: Be the thief
  cctv_site_drill:
    stage: attack
    bucket: my-video-surveillance
    relay_access_key: "{{ cctv_key.cctv_access_key }}"
    relay_secret_key: "{{ cctv_key.cctv_secret_key }}"
"""

RETURN = r"""
attempts:
  description: >-
    What was tried, as C(attempt), C(result), C(answer) of AWS, and C(picture), C(version) and C(etag) of its picture.
    The result is V(refused), V(done) or V(unclear); after the judgement V(undone), V(accepted) or V(damage) in place
    of V(done).
  returned: always
  type: list
  elements: dict
instant:
  description: When the pictures lay there and the thief had not begun.
  returned: with O(stage=attack)
  type: str
"""

from typing import Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.layout import Layout
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

with declared():
    import boto3
    from ansible.module_utils.cctv.drill.stage import Stage
    from botocore.config import Config
    from botocore.exceptions import ClientError

CLIENTS = {"s3": "s3", "iam": "iam", "sts": "sts", "trail": "cloudtrail"}


def relay_client(module: AnsibleAWSModule, service: str) -> Any:
    """Return a client with the relay's key."""
    connect: Any = boto3.client  # the service is known only at run time
    return connect(
        service,
        endpoint_url=module.params["endpoint_url"] or None,
        region_name=module.params["region"] or "us-east-1",
        aws_access_key_id=module.params["relay_access_key"],
        aws_secret_access_key=module.params["relay_secret_key"],
        config=Config(retries={"mode": "standard", "total_max_attempts": 3}),
    )


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "stage": {"type": "str", "required": True, "choices": ["attack", "judge"]},
            "bucket": {"type": "str", "required": True},
            "prefix": {"type": "str", "default": ""},
            "relay_access_key": {"type": "str", "required": True, "no_log": True},
            "relay_secret_key": {"type": "str", "required": True, "no_log": True},
            "trail": {"type": "str", "default": "management-events"},
            "accepted": {"type": "list", "elements": "str", "default": []},
            "attempts": {"type": "list", "elements": "dict", "default": []},
        }
    )
    params, result = module.params, {"changed": True}
    stage = Stage(module.client("s3"), params["bucket"], Layout(params["prefix"]))
    try:
        if params["stage"] == "attack":
            thief = {name: relay_client(module, service) for name, service in CLIENTS.items()}
            instant, result["attempts"] = stage.attack(thief, params["trail"])
            result["instant"] = instant.isoformat()
        else:
            result["attempts"] = stage.judge(params["attempts"], params["accepted"])
    except ClientError as error:
        module.fail_json(msg=f"The drill needs the credentials of who manages the bucket: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
