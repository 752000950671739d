"""The attack drill, by the relay's own keys, against an account that enforces its policies."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from ansible.module_utils.cctv.drill.attempts import ATTEMPTS

from tests.emulator.client import Emulator
from tests.integration.bucket_account import BUCKET, Account, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SITE = {"cctv_bucket": BUCKET, "cctv_archive_after_days": 30, "cctv_purge_after_days": 400}


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with Emulator.start(enforce_iam=True) as aws:
        aws.boto3_client().create_bucket(Bucket="trail-log")
        trail = aws.boto3_client("cloudtrail", region_name="eu-central-1")
        trail.create_trail(Name="management-events", S3BucketName="trail-log")
        trail.start_logging(Name="management-events")
        yield Account(aws, tmp_path_factory.mktemp("home"), [])


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    """The example inventory with one relay, which is this machine."""
    file = tmp_path / "relays.yml"
    file.write_text("all: {children: {relays: {hosts: {relay: {ansible_connection: local}}}}}\n")
    return file


def play(account: Account, inventory: Path, playbook: str, *arguments: str, **variables: Any) -> Run:
    sources = ["-i", "inventory/hosts.yml", "-i", str(inventory)]
    given = SITE | {"cctv_endpoint_url": account.aws.url} | variables
    command = [f"playbooks/{playbook}.yml", *sources, *arguments, "--extra-vars", json.dumps(given)]
    done = account.ansible("ansible-playbook", *command)
    return Run(done.stdout + done.stderr, done.returncode, -1)


def table(run: Run) -> dict[str, str]:
    """What the report says of each attempt; of two keys, the worse."""
    lines = [line.strip(' ",') for line in run.output.replace("\\n", "\n").splitlines()]
    words = ("refused", "undone", "accepted", "damage", "unclear")
    rows = [line.split(maxsplit=1) for line in lines if line.startswith(words)]
    found: dict[str, str] = {}
    for word, attempt in rows:
        name = attempt.partition(" (")[0]
        found[name] = max(found.get(name, word), word, key=words.index)
    return found


def drill(account: Account, inventory: Path, **variables: Any) -> tuple[Run, dict[str, str]]:
    deployed = play(account, inventory, "bucket_deploy", **variables)
    assert deployed.status == 0, deployed.output
    run = play(account, inventory, "site_drill", **variables)
    return run, table(run)


def leftovers(account: Account) -> list[str]:
    pages = account.aws.boto3_client().get_paginator("list_object_versions").paginate(Bucket=BUCKET)
    uploads = account.aws.boto3_client().list_multipart_uploads(Bucket=BUCKET).get("Uploads", ())
    kept = [each["Key"] for page in pages for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))]
    return kept + [each["Key"] for each in uploads]


def test_a_relay_with_the_spool_is_refused_everything(account: Account, inventory: Path) -> None:
    run, found = drill(account, inventory, cctv_ingest="spool")
    assert run.status == 0, run.output
    assert len(found) == len(ATTEMPTS) - 1  # without a lock there is nothing to change about locking
    assert set(found.values()) == {"refused"}, found
    assert leftovers(account) == []
    for user in ("home-cctv", "home-cctv-jobs"):
        assert account.key(user)[1] not in run.output


def test_what_the_jobs_key_on_the_relay_can_do_is_undone(account: Account, inventory: Path) -> None:
    run, found = drill(account, inventory, cctv_ingest="spool", cctv_jobs_on_relay=True)
    assert run.status == 0, run.output
    undone = {name for name, result in found.items() if result == "undone"}
    assert undone == {"delete a picture", "delete a picture in a batch"}
    assert {name for name, result in found.items() if result == "accepted"} == {
        "read the picture of another camera",
        "plant an archive",
        "plant an index",
        "plant a link of the chain",
    }
    assert set(found.values()) == {"refused", "undone", "accepted"}
    assert leftovers(account) == []


def test_a_viewers_key_is_tried_where_nobody_may_log_in_any_more(account: Account, inventory: Path) -> None:
    made = play(account, inventory, "bucket_deploy", cctv_ingest="spool", vault_viewer_users={"owner": "scrypt:x"})
    assert made.status == 0, made.output
    run = play(account, inventory, "site_drill", cctv_ingest="spool")
    assert run.status == 0, run.output
    assert "home-cctv-viewer on relay:" in run.text
    account.key_file("home-cctv-viewer").unlink()


def test_what_the_mount_can_do_is_undone(account: Account, inventory: Path) -> None:
    run, found = drill(account, inventory, cctv_ingest="mount")
    assert run.status == 0, run.output
    undone = {name for name, result in found.items() if result == "undone"}
    assert undone == {
        "delete a picture",
        "delete a picture in a batch",
        "overwrite a picture",
        "overwrite it knowing its ETag",
        "overwrite it in parts",
        "empty a picture",
        "change what is written beside it",
        "change its storage class",
    }


def test_a_bucket_that_locks_refuses_the_same(account: Account, inventory: Path) -> None:
    locked = {"cctv_bucket": "locked", "bucket_object_lock": "governance", "bucket_object_lock_days": 7}
    run, found = drill(account, inventory, cctv_ingest="spool", cctv_user="locked-cctv", **locked)
    assert run.status == 0, run.output
    assert set(found.values()) == {"refused"}, found
    assert len(found) == len(ATTEMPTS)


def test_the_drill_finds_what_the_original_policy_allowed(account: Account, inventory: Path) -> None:
    """One key that may do everything in the bucket, as before: the drill must fail, and say with what."""
    assert play(account, inventory, "bucket_deploy", cctv_ingest="spool").status == 0
    iam, s3 = account.aws.boto3_client("iam"), account.aws.boto3_client()
    s3.delete_bucket_policy(Bucket=BUCKET)
    everything = {"Effect": "Allow", "Action": ["s3:*", "iam:*", "cloudtrail:*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
    iam.put_user_policy(UserName="home-cctv", PolicyName="by-hand", PolicyDocument=document)
    run = play(account, inventory, "site_drill", cctv_ingest="spool")
    found = table(run)
    assert run.status != 0
    assert "With the key of home-cctv a thief can: " in run.text, run.output
    damage = {name for name, result in found.items() if result == "damage"}
    assert damage >= {
        "delete a version",
        "suspend versioning",
        "change the lifecycle rules",
        "open the bucket to the public",
        "plant an archive",
        "read the picture of another camera",
        "make a new key",
        "make a new user",
        "give itself every right",
        "stop the trail",
    }
    assert found["overwrite a picture"] == "undone"
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert len(account.key_ids("home-cctv")) == 1


def test_a_right_to_make_policies_is_found_without_any_other(account: Account, inventory: Path) -> None:
    assert play(account, inventory, "bucket_deploy", cctv_ingest="spool").status == 0
    iam = account.aws.boto3_client("iam")
    grants = {"Effect": "Allow", "Action": ["iam:PutUserPolicy", "iam:DeleteUserPolicy"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [grants]})
    iam.put_user_policy(UserName="home-cctv", PolicyName="by-hand", PolicyDocument=document)
    run = play(account, inventory, "site_drill", cctv_ingest="spool")
    iam.delete_user_policy(UserName="home-cctv", PolicyName="by-hand")
    assert run.status != 0
    assert table(run)["give itself every right"] == "damage"


def test_a_clock_that_is_not_that_of_s3_makes_no_damage(account: Account, inventory: Path) -> None:
    account.aws.set(clock_offset_seconds=40)
    try:
        run, found = drill(account, inventory, cctv_ingest="mount")
    finally:
        account.aws.set(clock_offset_seconds=0)
    assert run.status == 0, run.output
    assert found["overwrite a picture"] == "undone"
