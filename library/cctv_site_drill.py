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

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.cctv.dependencies import declared
from ansible.module_utils.cctv.layout import Layout
from ansible_collections.amazon.aws.plugins.module_utils import s3
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

with declared():
    import boto3
    from ansible.module_utils.cctv import drill
    from botocore.config import Config
    from botocore.exceptions import ClientError


CLIENTS = {"s3": "s3", "iam": "iam", "trail": "cloudtrail"}


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


def settings_of(owner: Any, bucket: str) -> dict[str, Any]:
    """Return the bucket's settings that the thief is after."""
    quiet = s3.S3ErrorHandler.list_error_handler
    lock = quiet("get the lock", {})(owner.get_object_lock_configuration)(Bucket=bucket)
    rules = quiet("get the lifecycle rules", {})(owner.get_bucket_lifecycle_configuration)(Bucket=bucket)
    policy = quiet("get the policy", {})(owner.get_bucket_policy)(Bucket=bucket)
    public = quiet("get the public access block", {})(owner.get_public_access_block)(Bucket=bucket)
    return {
        "versioning": owner.get_bucket_versioning(Bucket=bucket).get("Status", ""),
        "lock": (lock or {}).get("ObjectLockConfiguration"),
        "lifecycle": (rules or {}).get("Rules"),
        "policy": (policy or {}).get("Policy"),
        "public": (public or {}).get("PublicAccessBlockConfiguration"),
    }


def put_back(owner: Any, bucket: str, before: dict[str, Any]) -> None:
    """Put the settings back that the thief could change."""
    after = settings_of(owner, bucket)
    if after["versioning"] != before["versioning"] and before["versioning"]:
        owner.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": before["versioning"]})
    if after["public"] != before["public"] and before["public"]:
        owner.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=before["public"])
    if after["lifecycle"] and not before["lifecycle"]:
        owner.delete_bucket_lifecycle(Bucket=bucket)
    if after["policy"] and not before["policy"]:
        owner.delete_bucket_policy(Bucket=bucket)


def attack(module: AnsibleAWSModule, owner: Any, folder: str, elsewhere: str) -> dict[str, Any]:
    """Lay out a picture for each attempt, let a second pass, and try them all."""
    bucket = module.params["bucket"]
    clients = {name: relay_client(module, service) for name, service in CLIENTS.items()}
    before = settings_of(owner, bucket)
    stage = drill.Scene(
        **clients,
        bucket=bucket,
        elsewhere=elsewhere,
        trail_name=module.params["trail"],
        settings=before,
    )
    owner.put_object(Bucket=bucket, Key=elsewhere, Body=drill.PICTURE, ChecksumAlgorithm="SHA256")
    scenes = {}
    for name in (name for name in drill.ATTEMPTS if before["lock"] or name != drill.LOCKING):
        key = folder + drill.slug(name)
        held = owner.put_object(Bucket=bucket, Key=key, Body=drill.PICTURE, ChecksumAlgorithm="SHA256")
        scenes[name] = replace(stage, key=key, version=held.get("VersionId", ""), etag=held["ETag"])
    instant = datetime.now(UTC)
    time.sleep(1 - instant.microsecond / 1e6)  # versions are dated to the second
    attempts = []
    for name, scene in scenes.items():
        result, answer = drill.attempt(name, scene)
        facts = {"picture": scene.key, "version": scene.version, "etag": scene.etag}
        attempts.append({"attempt": name, "result": result, "answer": answer, **facts})
    put_back(owner, bucket, before)
    return {"changed": True, "instant": instant.isoformat(), "attempts": attempts}


def judge(module: AnsibleAWSModule, owner: Any, folder: str, elsewhere: str) -> dict[str, Any]:
    """Say of each attempt that succeeded whether it left a trace, and clear up."""
    bucket, attempts = module.params["bucket"], module.params["attempts"]
    for each in attempts:
        if each["result"] == drill.DONE:
            accepted = each["attempt"] in module.params["accepted"]
            undone = each["attempt"] in drill.ON_PICTURES and is_whole(owner, bucket, each)
            each["result"] = "accepted" if accepted else "undone" if undone else "damage"
    pages = owner.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=folder)
    versions = [each for page in pages for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]
    pages = owner.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=elsewhere)
    versions += [each for page in pages for each in page.get("Versions", ())]
    for each in versions:
        with suppress(ClientError):  # a lock keeps it: it goes by the bucket's rule when its time is over
            owner.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    return {"changed": True, "attempts": attempts}


def is_whole(owner: Any, bucket: str, each: dict[str, Any]) -> bool:
    """Say whether the picture of an attempt is as it was, and so is the version that it was."""
    try:
        held = owner.get_object(Bucket=bucket, Key=each["picture"])
        first = owner.head_object(Bucket=bucket, Key=each["picture"], VersionId=each["version"])
        tags = owner.get_object_tagging(Bucket=bucket, Key=each["picture"])["TagSet"]
    except ClientError:
        return False
    plain = not tags and not held["Metadata"] and held.get("StorageClass", "STANDARD") == "STANDARD"
    return plain and held["Body"].read() == drill.PICTURE and first["ETag"] == each["etag"]


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
    owner, layout = module.client("s3"), Layout(module.params["prefix"])
    folder, elsewhere = layout.camera_folder(drill.CAMERA), f"{drill.ELSEWHERE}/picture.jpg"
    try:
        work = attack if module.params["stage"] == "attack" else judge
        result = work(module, owner, folder, elsewhere)
    except (ClientError, s3.AnsibleS3Error) as error:
        module.fail_json(msg=f"The drill needs the credentials of who manages the bucket: {error}")
    module.exit_json(**result)


if __name__ == "__main__":
    main()
