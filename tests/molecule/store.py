"""The emulated AWS of a scenario: policies are enforced. Each relay has one of its own, so that faults can be its own.

``python -m tests.molecule.store start FOLDER`` leaves store.json in the folder; ``stop`` ends what it started.
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
BUCKET = "my-video-surveillance"


def start(folder: Path) -> None:
    stop(folder)
    relays = os.environ["RELAYS"].split()
    for relay in relays:
        launch(folder, relay)
    states = {relay: wait_for(folder / f"emulator-{relay}.json") for relay in relays}
    (folder / "store.json").write_text(json.dumps({relay: furnish(state) for relay, state in states.items()}))


def account(folder: Path) -> None:
    """Start one for all relays, empty, with an administrator's profile: whatever else is needed, the site makes."""
    stop(folder)
    launch(folder, "site")
    state = wait_for(folder / "emulator-site.json")
    state["url"] = f"http://{GATEWAY}:{state['url'].rpartition(':')[2]}"
    (folder / "store.json").write_text(json.dumps({"site": {**state, "bucket": BUCKET}}))
    key = f"aws_access_key_id = {state['access_key']}\naws_secret_access_key = {state['secret_key']}\n"
    (folder / "aws_credentials").write_text(f"[my-admin]\n{key}")


def launch(folder: Path, name: str) -> None:
    # Bound to all addresses: the bridge's own address comes and goes with the containers.
    command = [sys.executable, "-m", "tests.emulator", "--host", "0.0.0.0", "--enforce-iam"]
    command += ["--state-file", str(folder / f"emulator-{name}.json")]
    with (folder / f"emulator-{name}.log").open("wb") as log:
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)


def wait_for(state_file: Path) -> dict[str, Any]:
    for _ in range(600):
        if state_file.exists():
            state: dict[str, Any] = json.loads(state_file.read_text())
            return state
        time.sleep(0.1)
    sys.exit(f"no emulator within a minute; see {state_file.with_suffix('.log')}")


def client(state: dict[str, Any], service: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=state["url"],
        region_name=REGION,
        aws_access_key_id=state["access_key"],
        aws_secret_access_key=state["secret_key"],
    )


def furnish(state: dict[str, Any]) -> dict[str, Any]:
    """Make a bucket and a key with what the mount needs, and no more; return what a test must know."""
    port = state["url"].rpartition(":")[2]
    state["url"] = f"http://127.0.0.1:{port}"
    client(state, "s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    actions = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    statements = [
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{BUCKET}"},
        {"Effect": "Allow", "Action": actions, "Resource": f"arn:aws:s3:::{BUCKET}/*"},
    ]
    iam = client(state, "iam")
    iam.create_user(UserName="relay")
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="relay", PolicyName="mount", PolicyDocument=policy)
    key = iam.create_access_key(UserName="relay")["AccessKey"]
    relay = {"url": f"http://{GATEWAY}:{port}", "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}
    return {**state, "bucket": BUCKET, "relay": relay}


def count(folder: Path) -> None:
    """Print how many objects the relay's bucket holds."""
    state = json.loads((folder / "store.json").read_text())[os.environ["RELAYS"]]
    print(len(client(state, "s3").list_objects_v2(Bucket=BUCKET)["Contents"]))


def keys(folder: Path) -> None:
    """Print the keys of all objects in the account's bucket."""
    state = json.loads((folder / "store.json").read_text())["site"]
    pages = client(state, "s3").get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    print(*(item["Key"] for page in pages for item in page.get("Contents", [])), sep="\n")


def stop(folder: Path) -> None:
    for state_file in folder.glob("emulator-*.json"):
        pid = json.loads(state_file.read_text())["pid"]
        if b"tests.emulator" in command_line(pid):
            os.kill(pid, signal.SIGTERM)
        state_file.unlink(missing_ok=True)


def command_line(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


if __name__ == "__main__":
    {"start": start, "account": account, "count": count, "keys": keys, "stop": stop}[sys.argv[1]](Path(sys.argv[2]))
