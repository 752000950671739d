"""The emulated AWS of a scenario: policies are enforced, each relay has a bucket and a key that fits it alone.

``python -m tests.molecule.store start FOLDER`` leaves store.json in the folder; ``stop`` ends what it names.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).parents[2]
GATEWAY = "10.88.0.1"  # this machine, as containers on podman's default network see it
REGION = "eu-central-1"


def start(folder: Path) -> None:
    stop(folder)
    state_file = folder / "emulator.json"
    # Bound to all addresses: the bridge's own address comes and goes with the containers.
    command = [sys.executable, "-m", "tests.emulator", "--host", "0.0.0.0", "--enforce-iam"]
    with (folder / "emulator.log").open("wb") as log:
        subprocess.Popen(
            [*command, "--state-file", str(state_file)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    for _ in range(600):
        if state_file.exists():
            break
        time.sleep(0.1)
    state = json.loads(state_file.read_text())
    state["url"] = state["url"].replace("0.0.0.0", "127.0.0.1")
    state["relay_url"] = state["url"].replace("127.0.0.1", GATEWAY)
    state["relays"] = {name: allow(state, name) for name in os.environ["RELAYS"].split()}
    (folder / "store.json").write_text(json.dumps(state))


def client(state: dict[str, Any], service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=state["url"],
        region_name=REGION,
        aws_access_key_id=state["access_key"],
        aws_secret_access_key=state["secret_key"],
    )


def allow(state: dict[str, Any], relay: str) -> dict[str, str]:
    """Make the relay's bucket and a key with what the mount needs, and no more."""
    bucket = f"cctv-{relay}"
    client(state, "s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    statements = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"},
        {
            "Effect": "Allow",
            "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
            "Resource": f"arn:aws:s3:::{bucket}/*",
        },
    ]
    iam = client(state, "iam")
    iam.create_user(UserName=relay)
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName=relay, PolicyName="mount", PolicyDocument=policy)
    key = iam.create_access_key(UserName=relay)["AccessKey"]
    return {"bucket": bucket, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def stop(folder: Path) -> None:
    state_file = folder / "emulator.json"
    if state_file.exists():
        pid = json.loads(state_file.read_text())["pid"]
        if b"tests.emulator" in command_line(pid):
            os.kill(pid, signal.SIGCONT)
            os.kill(pid, signal.SIGTERM)
        state_file.unlink(missing_ok=True)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    {"start": start, "stop": stop}[sys.argv[1]](Path(sys.argv[2]))
