"""Role bucket on a virgin account that enforces its policies: what it makes, and what its users may and may not do."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from tests.contracts.permissions import actions
from tests.emulator.client import Emulator
from tests.integration.bucket_account import BUCKET, Account, Run, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NORTH: dict[str, Any] = {"name": "relay-north", "jobs": ["ingest", "sort", "purge"], "prefix": "north"}
SOUTH: dict[str, Any] = {"name": "relay-south", "jobs": ["ingest"], "prefix": "south/"}
ARN = f"arn:aws:s3:::{BUCKET}"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    with Emulator.start(enforce_iam=True) as aws:
        # Not in the order of their names: one was given the other's policy.
        yield Account(aws, tmp_path_factory.mktemp("home"), [SOUTH, NORTH])


@pytest.fixture(scope="module")
def checked(account: Account) -> tuple[Run, tuple[int, int, int, bool]]:
    """A check run on the virgin account, and what was there after it."""
    return account.deploy("--check", "--diff"), account.contents()


@pytest.fixture(scope="module")
def deployed(account: Account, checked: tuple[Run, object]) -> Run:
    run = account.deploy("-vvv")
    assert run.status == 0, run.output
    return run


@pytest.fixture(scope="module")
def north(account: Account, deployed: Run) -> Any:
    """The northern relay's client; a picture lies in either relay's folder."""
    for key in ("north/CAM-1/a.jpg", "south/CAM-1/a.jpg"):
        account.aws.boto3_client().put_object(Bucket=BUCKET, Key=key, Body=b"picture")
    return account.client("relay-north")


def test_check_on_a_virgin_account_promises_all_and_makes_nothing(checked: tuple[Run, Any]) -> None:
    run, contents = checked
    assert run.status == 0, run.output
    for promise in ("BlockPublicAcls", "abort-incomplete-uploads", "policy AllowS3AccessCCTVMonitoring-relay-north"):
        assert promise in run.output
    assert run.changed >= 4
    assert contents == (0, 0, 0, False)


def test_second_run_changes_nothing(account: Account, deployed: Run) -> None:
    run = account.deploy("--diff")
    assert (run.status, run.changed) == (0, 0), run.output


def test_bucket_is_private_encrypted_and_tidy(account: Account, deployed: Run) -> None:
    s3 = account.aws.boto3_client()
    block = s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]
    assert all(
        block[name] for name in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
    )
    assert s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"] == [
        {"ObjectOwnership": "BucketOwnerEnforced"}
    ]
    encryption = s3.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption[0]["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_location(Bucket=BUCKET)["LocationConstraint"] == "eu-central-1"
    rules = s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    ours = {rule["ID"]: rule for rule in rules}
    assert ours["abort-incomplete-uploads"]["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}
    assert ours["expire-noncurrent-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"


@pytest.mark.parametrize("principal", [NORTH, SOUTH], ids=lambda principal: principal["name"])
def test_policy_is_the_list_below_the_prefix(account: Account, deployed: Run, principal: dict[str, Any]) -> None:
    iam = account.aws.boto3_client("iam")
    (attached,) = iam.list_attached_user_policies(UserName=principal["name"])["AttachedPolicies"]
    version = iam.get_policy(PolicyArn=attached["PolicyArn"])["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=attached["PolicyArn"], VersionId=version)["PolicyVersion"]["Document"]
    prefix = principal["prefix"].rstrip("/")
    on_bucket = [statement for statement in document["Statement"] if statement["Resource"] == ARN]
    rest = [statement for statement in document["Statement"] if statement not in on_bucket]
    conditions = {action: each.get("Condition") for each in on_bucket for action in each["Action"]}
    assert conditions.keys() == {action for job in principal["jobs"] for action in actions(job, "bucket")}
    assert conditions.pop("s3:ListBucket") == {"StringLike": {"s3:prefix": f"{prefix}/*"}}
    assert not any(conditions.values()), "S3 gives no prefix there, so that the condition would deny"
    granted = {action for job in principal["jobs"] for action in actions(job, "objects")}
    assert {action for statement in rest for action in statement["Action"]} == granted
    days = "*/????-??-??/*" if principal["jobs"] == ["ingest"] else "*"
    for statement in rest:
        assert statement["Resource"] == f"{ARN}/{prefix}/{days}"
        if "s3:PutObject" in statement["Action"]:
            assert statement["Condition"], "a write over what is there is granted"
        if "s3:PutObjectTagging" in statement["Action"]:
            assert statement["Condition"] == {
                "StringEquals": {"s3:RequestObjectTag/archived": "yes"},
                "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["archived"]},
            }


def test_key_file_is_for_its_owner_and_the_secret_for_nobody(account: Account, deployed: Run) -> None:
    for user in ("relay-north", "relay-south"):
        file = account.key_file(user)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
        assert account.key(user)[1] not in deployed.output
        assert account.key_ids(user) == [account.key(user)[0]]


def test_user_does_its_job(north: Any) -> None:
    copy = {"Bucket": BUCKET, "Key": "north/CAM-1/a.jpg"}
    north.copy_object(Bucket=BUCKET, Key="north/CAM-1/2022-02-24/a.jpg", CopySource=copy, IfNoneMatch="*")
    north.put_object(Bucket=BUCKET, Key="north/CAM-1/b.jpg", Body=b"", IfNoneMatch="*")
    assert north.get_object(Bucket=BUCKET, Key="north/CAM-1/a.jpg")["Body"].read() == b"picture"
    reply = north.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "north/CAM-1/b.jpg"}]})
    assert not reply.get("Errors")
    listed = north.list_objects_v2(Bucket=BUCKET, Prefix="north/CAM-1/")["Contents"]
    assert [entry["Key"] for entry in listed] == ["north/CAM-1/2022-02-24/a.jpg", "north/CAM-1/a.jpg"]


ELSEWHERE = {"Bucket": BUCKET, "Key": "south/CAM-1/a.jpg"}
FORBIDDEN: dict[str, Callable[[Any], bool]] = {
    "read next door": lambda s3: refused(s3.get_object, **ELSEWHERE),
    "write next door": lambda s3: refused(s3.put_object, **ELSEWHERE, Body=b""),
    "delete next door": lambda s3: refused(s3.delete_object, **ELSEWHERE),
    "copy from next door": lambda s3: refused(s3.copy_object, Bucket=BUCKET, Key="north/stolen", CopySource=ELSEWHERE),
    "list next door": lambda s3: refused(s3.list_objects_v2, Bucket=BUCKET, Prefix="south/"),
    "list a longer name": lambda s3: refused(s3.list_objects_v2, Bucket=BUCKET, Prefix="north-east/"),
    "list the bucket": lambda s3: refused(s3.list_objects_v2, Bucket=BUCKET),
    "list buckets": lambda s3: refused(s3.list_buckets),
    "delete the bucket": lambda s3: refused(s3.delete_bucket, Bucket=BUCKET),
    "read the policy": lambda s3: refused(s3.get_bucket_policy, Bucket=BUCKET),
    "write the policy": lambda s3: refused(s3.put_bucket_policy, Bucket=BUCKET, Policy="{}"),
    "open the bucket": lambda s3: refused(s3.delete_public_access_block, Bucket=BUCKET),
    "encrypt with its own key": lambda s3: refused(
        s3.put_object,
        Bucket=BUCKET,
        Key="north/CAM-1/mine.jpg",
        Body=b"",
        IfNoneMatch="*",
        SSECustomerAlgorithm="AES256",
        SSECustomerKey="k" * 32,
    ),
    "restore": lambda s3: refused(
        s3.restore_object, Bucket=BUCKET, Key="north/CAM-1/a.jpg", RestoreRequest={"Days": 1}
    ),
}


@pytest.mark.parametrize("deed", FORBIDDEN)
def test_user_is_refused_what_is_not_its_job(north: Any, deed: str) -> None:
    assert FORBIDDEN[deed](north)


def test_user_may_not_touch_iam(account: Account, deployed: Run) -> None:
    iam = account.client("relay-north", "iam")
    assert refused(iam.create_user, UserName="intruder")
    assert refused(iam.create_access_key, UserName="relay-south")
    assert refused(
        iam.attach_user_policy, UserName="relay-north", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )


def test_temporary_credentials_open_nothing_unless_the_user_may_undelete(account: Account, north: Any) -> None:
    """They go on when the key that asked for them is taken away."""

    def lasting(own: dict[str, str]) -> Any:
        held = account.aws.boto3_client("sts", **own).get_session_token()["Credentials"]
        return account.aws.boto3_client(
            aws_access_key_id=held["AccessKeyId"],
            aws_secret_access_key=held["SecretAccessKey"],
            aws_session_token=held["SessionToken"],
        )

    access_key, secret_key = account.key("relay-north")
    thief = lasting({"aws_access_key_id": access_key, "aws_secret_access_key": secret_key})
    inside = {"Bucket": BUCKET, "Prefix": "north/"}
    assert north.list_objects_v2(**inside)["Contents"]
    assert refused(thief.list_objects_v2, **inside)
    assert refused(thief.delete_object, Bucket=BUCKET, Key="north/CAM-1/a.jpg")
    assert lasting({}).list_objects_v2(**inside)["Contents"], "the administrator may use a second factor"


def test_ingest_alone_may_not_delete(account: Account, north: Any) -> None:
    assert refused(account.client("relay-south").delete_object, **ELSEWHERE)


def test_changes_by_hand_show_as_a_diff_and_are_put_right(account: Account, north: Any) -> None:
    s3 = account.aws.boto3_client()
    s3.delete_public_access_block(Bucket=BUCKET)
    fewer = [NORTH | {"jobs": ["ingest"]}, SOUTH]
    seen = account.deploy("--check", "--diff", bucket_principals=fewer)
    assert '+      "BlockPublicAcls": true' in seen.output
    assert '-          "s3:DeleteObject"' in seen.output
    account.deploy(bucket_principals=fewer)
    assert s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    assert refused(north.delete_object, Bucket=BUCKET, Key="north/CAM-1/a.jpg")
    again = account.deploy(bucket_principals=fewer)
    assert (again.status, again.changed) == (0, 0), again.output


def test_store_without_iam_gets_its_bucket_alone(account: Account, deployed: Run) -> None:
    before = account.contents()
    lacking = {"bucket_block_public_access": False, "bucket_owner_enforced": False, "bucket_encryption": False}
    run = account.deploy(bucket_name="elsewhere", bucket_manage_iam=False, **lacking)
    assert run.status == 0, run.output
    assert account.contents() == (before[0] + 1, *before[1:])
    assert not account.key_file("relay-north").parents[1].joinpath("elsewhere").exists()


def test_a_bucket_that_was_there_before_without_rules_gets_them(account: Account, deployed: Run) -> None:
    s3 = account.aws.boto3_client()
    s3.delete_bucket_lifecycle(Bucket=BUCKET)
    run = account.deploy("--diff")
    assert run.status == 0, run.output
    assert s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]


ADMINISTRATOR = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def test_a_user_who_was_given_everything_still_creates_only(account: Account, north: Any) -> None:
    """What somebody attaches to the user by hand opens nothing: the bucket's policy stands above it."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [ADMINISTRATOR]})
    iam = account.aws.boto3_client("iam")
    iam.put_user_policy(UserName="relay-south", PolicyName="by-hand", PolicyDocument=document)
    south, target = account.client("relay-south"), {"Bucket": BUCKET, "Key": "south/CAM-1/2022-02-24/new.jpg"}
    version = south.put_object(**target, Body=b"1", IfNoneMatch="*")["VersionId"]
    assert refused(south.put_object, **target, Body=b"2")
    for name in ("archive/2022-02-25.tar.gz", "archive/2022-02-25.index.json", "archive/chain/00000001.json"):
        assert refused(south.put_object, Bucket=BUCKET, Key=f"south/CAM-1/{name}", Body=b"forged", IfNoneMatch="*")
    assert refused(south.copy_object, **target, CopySource=target, MetadataDirective="REPLACE", StorageClass="GLACIER")
    assert refused(south.delete_object, **target, VersionId=version)
    suspended = {"Status": "Suspended"}
    assert refused(south.put_bucket_versioning, Bucket=BUCKET, VersioningConfiguration=suspended)
    nothing = json.dumps({"Version": "2012-10-17", "Statement": []})
    assert refused(south.put_bucket_policy, Bucket=BUCKET, Policy=nothing)
    assert refused(south.delete_bucket_policy, Bucket=BUCKET)
    rule = {"ID": "x", "Status": "Disabled", "Filter": {"Prefix": "x"}, "Expiration": {"Days": 1}}
    assert refused(south.put_bucket_lifecycle_configuration, Bucket=BUCKET, LifecycleConfiguration={"Rules": [rule]})
    iam.delete_user_policy(UserName="relay-south", PolicyName="by-hand")


def test_versioning_brings_its_rule_and_takes_it_away(account: Account, north: Any) -> None:
    s3 = account.aws.boto3_client()
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Enabled"
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]}
    assert rules["expire-noncurrent-versions"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    off = {"bucket_versioning": False, "bucket_manage_iam": False}
    assert account.deploy("--check", **off).changed == 1
    account.deploy(**off)
    rules = {rule["ID"]: rule for rule in s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]}
    assert rules.keys() == {"abort-incomplete-uploads"}
    assert s3.get_bucket_versioning(Bucket=BUCKET)["Status"] == "Suspended"


def test_a_locked_bucket_locks_what_comes(account: Account, deployed: Run) -> None:
    lock = {"bucket_name": "locked", "bucket_object_lock": "governance", "bucket_object_lock_days": 14}
    seen = account.deploy("--check", "--diff", **lock, bucket_manage_iam=False)
    assert '"Mode": "GOVERNANCE"' in seen.output
    run = account.deploy(**lock, bucket_manage_iam=False)
    assert run.status == 0, run.output
    s3 = account.aws.boto3_client()
    found = s3.get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
    assert found["Rule"]["DefaultRetention"].items() >= {"Mode": "GOVERNANCE", "Days": 14}.items()
    again = account.deploy(**lock, bucket_manage_iam=False)
    assert (again.status, again.changed) == (0, 0), again.output
    longer = account.deploy(**lock | {"bucket_object_lock_days": 15}, bucket_manage_iam=False)
    assert longer.changed == 2, longer.output


REFUSED_LOCKS: dict[str, dict[str, Any]] = {
    "locked for 31 days and purged after 30: set bucket_object_lock_days to 30 or less": {
        "bucket_object_lock_days": 31,
        "bucket_purge_after_days": 30,
    },
    "Archives made after 20 days would be locked for 30 days and purged after 40: set bucket_object_lock_days to 20": {
        "bucket_archive_after_days": 20,
        "bucket_purge_after_days": 40,
    },
    "archived after 40 days, and purged after 40: a lock of the archive has no time in between": {
        "bucket_archive_after_days": 40,
        "bucket_purge_after_days": 40,
    },
    "Object Lock needs versions": {"bucket_versioning": False},
    "must be at least 1": {"bucket_object_lock_days": 0},
    "was made without Object Lock. Enable it once": {},
}


@pytest.mark.parametrize("reason", REFUSED_LOCKS)
def test_a_lock_that_cannot_be_is_refused_at_plan_time(account: Account, deployed: Run, reason: str) -> None:
    run = account.deploy("--check", bucket_object_lock="compliance", bucket_manage_iam=False, **REFUSED_LOCKS[reason])
    assert run.status != 0
    assert reason in run.text


def test_nonsense_is_refused_in_a_sentence(account: Account) -> None:
    run = account.deploy(bucket_name="My_Bucket")
    assert run.status != 0
    assert "'My_Bucket' is no bucket name: set bucket_name to" in run.text
    assert "No bucket is named: set cctv_bucket in the inventory" in account.deploy(bucket_name="").text
    twice = account.deploy(bucket_principals=[NORTH, NORTH])
    assert "Two of bucket_principals have the same name or policy" in twice.text
    typing = account.deploy(bucket_principals=[NORTH | {"jobs": ["sorting"]}])
    assert "value of jobs must be one or more of: ingest, mount, sort" in typing.text


def test_requests_without_tls_are_refused(account: Account, north: Any) -> None:
    north.get_object(Bucket=BUCKET, Key="north/CAM-1/a.jpg")
    run = account.deploy(bucket_tls_only=True)
    # The emulator speaks plain http, so that the administrator, too, is shut out once the policy is there.
    assert refused(north.get_object, Bucket=BUCKET, Key="north/CAM-1/a.jpg"), run.output
    account.aws.set(enforce_iam=False)
    policy = json.loads(account.aws.boto3_client().get_bucket_policy(Bucket=BUCKET)["Policy"])
    account.aws.set(enforce_iam=True)
    statement, *others = policy["Statement"]
    assert [other["Sid"] for other in others] == [
        "KeepHistory",
        "KeysAlone",
        "CreateOnly",
        "KeepReadable",
        "KeepToDays",
    ]
    assert statement["Effect"] == "Deny"
    assert statement["Resource"] == [ARN, f"{ARN}/*"]
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
