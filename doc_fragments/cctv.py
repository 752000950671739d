"""Documentation of the options that all cctv modules share."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the bucket, the credentials and the clock, and what all modules support."""

    DOCUMENTATION = r"""
options:
  bucket:
    description: Name of the bucket that holds the cameras' folders.
    type: str
    required: true
  prefix:
    description: Folder in the bucket below which the cameras lie, for buckets that several sites share.
    type: str
    default: ""
  endpoint_url:
    description:
      - URL of a store other than Amazon's that speaks S3.
      - Falls back to E(AWS_ENDPOINT_URL).
    type: str
  region:
    description: Region of the bucket. Falls back to E(AWS_REGION) and the profile; named nowhere, S3 is asked for it.
    type: str
  profile:
    description: Profile in C(~/.aws/credentials). Falls back to E(AWS_PROFILE).
    type: str
  access_key:
    description: Access key; goes together with O(secret_key). Falls back to E(AWS_ACCESS_KEY_ID).
    type: str
  secret_key:
    description: Secret of the access key. Falls back to E(AWS_SECRET_ACCESS_KEY).
    type: str
  session_token:
    description: Token of a temporary access key. Falls back to E(AWS_SESSION_TOKEN).
    type: str
  timezone:
    description: IANA name of the time zone that the cameras' clocks show. Empty means the zone of the host.
    type: str
    default: ""
  camera_timezones:
    description: Time zones of single cameras, by glob of their names.
    type: dict
    default: {}
requirements:
  - boto3
  - obstore
  - isal
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
    support: full
  idempotent:
    description: When run twice in a row with the same arguments, the second invocation indicates no change.
    support: full
"""

    CAMERAS = r"""
options:
  cameras:
    description:
      - Names or globs of the cameras that are meant, V(*) for all.
      - One that matches no camera is an error that names the near ones, and so is an empty list.
    type: list
    elements: str
    default: ["*"]
"""

    WORKERS = r"""
options:
  workers:
    description:
      - Names of all hosts that share this work. Each does the days of its own, by rendezvous hashing.
      - Empty means that this host does all of it.
    type: list
    elements: str
    default: []
  worker:
    description: Which of the O(workers) this host is.
    type: str
    default: ""
"""
