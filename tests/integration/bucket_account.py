"""An emulated AWS account, the controller beside it, and runs of playbooks/bucket_deploy.yml."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.emulator.client import Emulator

ROOT = Path(__file__).parents[2]
BUCKET = "my-video-surveillance"


@dataclass(frozen=True)
class Run:
    """How one run of the playbook ended."""

    output: str
    status: int
    changed: int

    @property
    def text(self) -> str:
        """The output without line breaks."""
        return " ".join(self.output.split())


@dataclass(frozen=True)
class Account:
    """The account, and the controller's home folder."""

    aws: Emulator
    home: Path
    principals: list[dict[str, Any]]

    def deploy(self, *arguments: str, **variables: Any) -> Run:
        given = {"bucket_name": BUCKET, "bucket_endpoint_url": self.aws.url, "bucket_principals": self.principals}
        playbook = ["ansible-playbook", "playbooks/bucket_deploy.yml", *arguments]
        done = self.ansible(*playbook, "--extra-vars", json.dumps(given | variables))
        recap = re.search(r"localhost .* changed=(\d+)", done.stdout)
        return Run(done.stdout + done.stderr, done.returncode, int(recap[1]) if recap else -1)

    def ansible(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one of Ansible's programs as the administrator."""
        own = {
            "HOME": str(self.home),
            "ANSIBLE_HOME": str(self.home / ".ansible"),
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "AWS_ACCESS_KEY_ID": self.aws.access_key,
            "AWS_SECRET_ACCESS_KEY": self.aws.secret_key,
        }
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        command = [Path(sys.executable).with_name(program), *arguments]
        return subprocess.run(command, cwd=ROOT, env=clean | own, capture_output=True, text=True, check=False)

    def key_file(self, user: str) -> Path:
        return self.home / ".config" / "hkawstoolkit" / BUCKET / f"{user}.yml"

    def key(self, user: str) -> tuple[str, str]:
        stored = yaml.safe_load(self.key_file(user).read_text())
        return stored["cctv_access_key"], stored["cctv_secret_key"]

    def client(self, user: str, service: str = "s3") -> Any:
        """A client with the key that the user's file holds."""
        access_key, secret_key = self.key(user)
        return self.aws.boto3_client(service, aws_access_key_id=access_key, aws_secret_access_key=secret_key)

    def key_ids(self, user: str) -> list[str]:
        """The keys that AWS knows the user has."""
        keys = self.aws.boto3_client("iam").list_access_keys(UserName=user)["AccessKeyMetadata"]
        return [key["AccessKeyId"] for key in keys]

    def contents(self) -> tuple[int, int, int, bool]:
        """How many buckets, users (but the administrator) and policies there are, and whether key files are."""
        iam = self.aws.boto3_client("iam")
        return (
            len(self.aws.boto3_client().list_buckets()["Buckets"]),
            len(iam.list_users()["Users"]) - 1,
            len(iam.list_policies(Scope="Local")["Policies"]),
            (self.home / ".config").exists(),
        )


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    """Say whether AWS says 403 to a call; that it works, or fails otherwise, is no."""
    try:
        call(**arguments)
    except ClientError as error:
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == 403)
    return False
