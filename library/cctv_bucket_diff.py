#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show how a bucket and IAM policies differ from what is wanted."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_bucket_diff
short_description: Show how a bucket and IAM policies differ from what is wanted
version_added: "0.1.0"
description:
  - Reads the settings of a bucket and the documents of managed policies, and compares. It never writes.
  - Fills a gap of the modules that do write. M(amazon.aws.s3_bucket) and M(community.aws.s3_lifecycle) are skipped in
    check mode, and M(amazon.aws.iam_managed_policy) shows no difference.
options:
  bucket:
    description: Name of the bucket.
    type: str
    required: true
  settings:
    description:
      - What the bucket should look like, in S3's own terms. Settings that are not named are not looked at.
      - Of C(tags) and C(lifecycle) rules (by their ID), others than those named may exist.
      - One whose value is null should not.
    type: dict
    default: {}
  policies:
    description: Documents of managed policies by name.
    type: dict
    default: {}
extends_documentation_fragment:
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns what would change when in diff mode.
    support: full
author: The maintainers
"""

EXAMPLES = r"""
- name: Show whether the bucket still refuses the public
  cctv_bucket_diff:
    bucket: my-video-surveillance
    settings:
      public_access_block:
        {BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}
"""

RETURN = r"""
exists:
  description: Whether the bucket exists.
  returned: always
  type: bool
bucket_differs:
  description: Whether it is the bucket that differs, and not policies alone.
  returned: always
  type: bool
object_lock:
  description: How the bucket locks new objects; none where it cannot lock, or is not there, or was not asked.
  returned: always
  type: dict
existing_policies:
  description: Names of those policies that exist, whatever they hold.
  returned: always
  type: list
  elements: str
"""

import json
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils import iam, s3
from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.amazon.aws.plugins.module_utils.policy import compare_policies


def encryption(client: Any, bucket: str) -> str:
    """Return the default encryption's algorithm."""
    rules = (s3.get_s3_bucket_encryption(client, bucket) or {}).get("Rules", [])
    return "".join(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] for rule in rules)


def ownership(client: Any, bucket: str) -> str:
    """Return who owns the objects."""
    rules = (s3.get_s3_bucket_ownership_controls(client, bucket) or {}).get("Rules", [])
    return "".join(rule["ObjectOwnership"] for rule in rules)


def lifecycle(client: Any, bucket: str) -> dict[str, Any]:
    """Return the lifecycle rules by their ID."""
    try:
        rules = client.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except is_boto3_error_code("NoSuchLifecycleConfiguration"):
        rules = []
    return {rule.pop("ID", ""): rule for rule in rules}


def object_lock(client: Any, bucket: str) -> dict[str, Any] | None:
    """Return how new objects are locked by default, None where the bucket cannot lock."""
    found = s3.get_s3_object_lock_configuration(client, bucket)
    if found.get("ObjectLockEnabled") != "Enabled":
        return None
    return {name: value for name, value in found.get("Rule", {}).get("DefaultRetention", {}).items() if value}


READERS = {
    "public_access_block": s3.get_s3_bucket_public_access_block,
    "object_ownership": ownership,
    "encryption": encryption,
    "versioning": lambda client, bucket: s3.get_s3_bucket_versioning(client, bucket).get("Status") == "Enabled",
    "object_lock": object_lock,
    "policy": s3.get_s3_bucket_policy,
    "tags": s3.get_s3_bucket_tagging,
    "lifecycle": lifecycle,
}


def settings_of(client: Any, bucket: str, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return those settings of the bucket that are ``wanted``; nothing of a bucket that is not there."""
    if not s3.s3_bucket_exists(client, bucket):
        return {}
    found = {name: READERS[name](client, bucket) for name in wanted}
    for name in {"tags", "lifecycle"} & wanted.keys():
        found[name] = {key: value for key, value in (found[name] or {}).items() if key in wanted[name]}
    if "policy" in wanted and not compare_policies(found["policy"] or {}, wanted["policy"]):
        found["policy"] = wanted["policy"]
    return found


def documents_of(client: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return the documents of those ``wanted`` policies that exist; in the wanted words where they mean the same."""
    documents = {}
    for name, document in wanted.items():
        policy = iam.get_iam_managed_policy_by_name(client, name)
        if policy:
            version = iam.get_iam_managed_policy_version(client, policy["Arn"], policy["DefaultVersionId"])
            same = not compare_policies(version["Document"], document)
            documents[name] = document if same else version["Document"]
    return documents


def without_unwanted(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the ``settings`` without the tags and rules that should not be there."""
    return settings | {
        name: {key: value for key, value in settings[name].items() if value is not None}
        for name in {"tags", "lifecycle"} & settings.keys()
    }


def text(bucket: str, settings: dict[str, Any], policies: dict[str, Any]) -> str:
    """Return the state as the lines of a diff."""
    state = ({f"bucket {bucket}": settings} if settings else {}) | {
        f"policy {name}": document for name, document in policies.items()
    }
    return json.dumps(state, indent=2, sort_keys=True) + "\n"


def main() -> None:
    """Run the module."""
    module = AnsibleAWSModule(
        argument_spec={
            "bucket": {"type": "str", "required": True},
            "settings": {"type": "dict", "default": {}},
            "policies": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )
    bucket, settings, policies = (module.params[name] for name in ("bucket", "settings", "policies"))
    unknown = ", ".join(sorted(settings.keys() - READERS.keys()))
    if unknown:
        module.fail_json(msg=f"settings knows no {unknown}: use {', '.join(READERS)}.")
    try:
        found = settings_of(module.client("s3"), bucket, settings)
        documents = documents_of(module.client("iam"), policies) if policies else {}
    except s3.AnsibleS3PermissionsError:
        module.fail_json(
            msg=f"Bucket {bucket} is somebody else's, or these credentials may not manage it: choose another name,"
            " or use an administrator's credentials."
        )
    except (s3.AnsibleS3Error, iam.AnsibleIAMError) as error:
        module.fail_json_aws_error(error)
    wanted = without_unwanted(settings)
    before, after = text(bucket, found, documents), text(bucket, wanted, policies)
    module.exit_json(
        changed=before != after,
        exists=bool(found),
        object_lock=found.get("object_lock"),
        bucket_differs=found != wanted,
        existing_policies=sorted(documents),
        diff={"before": before, "after": after},
    )


if __name__ == "__main__":
    main()
