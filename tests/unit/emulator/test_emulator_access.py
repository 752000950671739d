"""With enforcement on, everybody may do what policies say and no more."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.emulator.asking import refusal

if TYPE_CHECKING:
    from tests.emulator.client import Emulator


def user(emulator: Emulator, name: str, *statements: dict[str, Any]) -> Any:
    """A client with the key of a new user, who may do this and no more."""
    iam = emulator.boto3_client("iam")
    iam.create_user(UserName=name)
    allowed = [{"Effect": "Allow", **statement} for statement in statements]
    policy = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    emulator.set(enforce_iam=True)
    return emulator.boto3_client(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])


def test_enforced(emulator: Emulator, bucket: str) -> None:
    objects = f"arn:aws:s3:::{bucket}/*"
    relay = user(emulator, bucket, {"Action": "s3:PutObject", "Resource": objects})
    relay.put_object(Bucket=bucket, Key="a", Body=b"1")
    assert refusal(relay.get_object, Bucket=bucket, Key="a") == (403, "AccessDenied")
    copy = {"Bucket": bucket, "Key": "a", "CopySource": f"{bucket}/a", "IfNoneMatch": "*"}
    assert refusal(relay.copy_object, **copy) == (403, "AccessDenied")
    assert refusal(emulator.boto3_client().copy_object, **copy) == (412, "PreconditionFailed")
    nobody = emulator.boto3_client(aws_access_key_id="AKIANOBODY", aws_secret_access_key="x")
    assert refusal(nobody.copy_object, **copy) == (403, "InvalidAccessKeyId")
    wrong = emulator.boto3_client(aws_secret_access_key="x")
    assert refusal(wrong.list_objects_v2, Bucket=bucket) == (403, "SignatureDoesNotMatch")
    emulator.boto3_client().list_objects_v2(Bucket=bucket, Prefix="ä/ b+c", Delimiter="/")


def test_inactive_key(emulator: Emulator, bucket: str) -> None:
    relay = user(emulator, bucket, {"Action": "s3:*", "Resource": "*"})
    relay.head_bucket(Bucket=bucket)
    iam = emulator.boto3_client("iam")
    key = iam.list_access_keys(UserName=bucket)["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.update_access_key(UserName=bucket, AccessKeyId=key, Status="Inactive")
    assert refusal(relay.list_objects_v2, Bucket=bucket) == (403, "InvalidAccessKeyId")


def test_temporary_credentials_outlive_the_key(emulator: Emulator, bucket: str) -> None:
    relay = user(emulator, bucket, {"Action": "s3:ListBucket", "Resource": "*"})
    iam = emulator.boto3_client("iam")
    own = relay._request_signer._credentials
    sts = emulator.boto3_client("sts", aws_access_key_id=own.access_key, aws_secret_access_key=own.secret_key)
    held = sts.get_session_token()["Credentials"]
    pair = {"aws_access_key_id": held["AccessKeyId"], "aws_secret_access_key": held["SecretAccessKey"]}
    lasting = emulator.boto3_client(**pair, aws_session_token=held["SessionToken"])
    iam.update_access_key(UserName=bucket, AccessKeyId=own.access_key, Status="Inactive")
    lasting.list_objects_v2(Bucket=bucket)
    assert refusal(lasting.get_object, Bucket=bucket, Key="a") == (403, "AccessDenied")
    guessed = emulator.boto3_client(**pair, aws_session_token="guessed")
    assert refusal(guessed.list_objects_v2, Bucket=bucket) == (400, "InvalidToken")


def test_conditions_of_a_user(emulator: Emulator, bucket: str) -> None:
    listing = {"Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    camera = user(emulator, bucket, {**listing, "Condition": {"StringLike": {"s3:prefix": "CAM-1/*"}}})
    camera.list_objects_v2(Bucket=bucket, Prefix="CAM-1/2026")
    assert refusal(camera.head_bucket, Bucket=bucket)[0] == 403
    assert refusal(camera.list_objects_v2, Bucket=bucket, Prefix="CAM-2/") == (403, "AccessDenied")
    assert refusal(camera.list_objects_v2, Bucket=bucket) == (403, "AccessDenied")


def test_batch_of_deletes_key_by_key(emulator: Emulator, bucket: str) -> None:
    relay = user(emulator, bucket, {"Action": "s3:DeleteObject", "Resource": f"arn:aws:s3:::{bucket}/mine/*"})
    admin = emulator.boto3_client()
    for key in ("mine/a", "theirs/a"):
        admin.put_object(Bucket=bucket, Key=key, Body=b"1")
    answer = relay.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": "mine/a"}, {"Key": "theirs/a"}]})
    assert [deleted["Key"] for deleted in answer["Deleted"]] == ["mine/a"]
    assert [(error["Key"], error["Code"]) for error in answer["Errors"]] == [("theirs/a", "AccessDenied")]
    assert [entry["Key"] for entry in admin.list_objects_v2(Bucket=bucket)["Contents"]] == ["theirs/a"]


def test_bucket_that_demands_conditional_writes(s3: Any, bucket: str) -> None:
    demand = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
        "Condition": {
            "Null": {"s3:if-none-match": "true"},
            "Bool": {"s3:ObjectCreationOperation": "true"},
        },
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [demand]})
    s3.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert refusal(s3.put_object, Bucket=bucket, Key="a", Body=b"1")[0] == 403
    s3.put_object(Bucket=bucket, Key="a", Body=b"1", IfNoneMatch="*")
    target = {"Bucket": bucket, "Key": "b"}
    target["UploadId"] = s3.create_multipart_upload(**target)["UploadId"]
    s3.upload_part(**target, PartNumber=1, Body=b"1")


def test_raw_query_signed_encoded(emulator: Emulator, bucket: str) -> None:
    """As s3fs does it."""
    emulator.set(enforce_iam=True)
    query = {"delimiter": "/", "max-keys": "1000", "prefix": "CAM/2022 ä+/"}
    encoded = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    request = AWSRequest("GET", f"{emulator.url}/{bucket}/?{encoded}")
    S3SigV4Auth(Credentials(emulator.access_key, emulator.secret_key), "s3", "us-east-1").add_auth(request)
    connection = http.client.HTTPConnection(urlsplit(emulator.url).netloc)
    raw = "&".join(f"{name}={quote(value, safe='/')}" for name, value in query.items())
    connection.request("GET", f"/{bucket}/?{raw}", headers=dict(request.headers.items()))
    assert connection.getresponse().status == 200
