"""Each error of S3 and of the libraries as one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.cctv.store.contact import FirstContact
from ansible.module_utils.cctv.store.errors import credentials_error, translate
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)


def refusal(code: str, **error: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "No.", **error}}, "GetObject")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (refusal("NoSuchBucket"), "NoSuchBucket", "Bucket b does not exist: check the name"),
        (refusal("PermanentRedirect", Region="eu-west-1"), "PermanentRedirect", "another region (eu-west-1): set"),
        (refusal("AccessDenied"), "AccessDenied", "Not allowed to s3:GetObject on arn:aws:s3:::b/CAM/a.jpg: grant"),
        (refusal("403"), "AccessDenied", "Not allowed to s3:GetObject on arn:aws:s3:::b/CAM/a.jpg: grant"),
        (refusal("InvalidObjectState"), "InvalidObjectState", "CAM/a.jpg is in cold storage: restore it first"),
        (refusal("NoSuchKey"), "NoSuchKey", "CAM/a.jpg is not in bucket b."),
        (refusal("RequestTimeTooSkewed"), "RequestTimeTooSkewed", "set it (timedatectl set-ntp true)"),
        (EndpointConnectionError(endpoint_url="http://x"), "Unreachable", "Cannot reach http://x: check the network"),
        (ConnectionResetError(), "Unreachable", "Cannot reach http://x"),
        (refusal("NeverHeardOf"), "NeverHeardOf", "GetObject of CAM/a.jpg failed"),
    ],
)
def test_sentences(error: Exception, code: str, sentence: str) -> None:
    told = translate(error, operation="GetObject", bucket="b", key="CAM/a.jpg", endpoint="http://x")
    assert told.code == code
    assert sentence in str(told)
    assert "\n" not in str(told)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NoCredentialsError(), "No AWS credentials: set the profile option"),
        (PartialCredentialsError(provider="env", cred_var="secret"), "No AWS credentials"),
        (ProfileNotFound(profile="home"), "check the profile option and ~/.aws/credentials"),
    ],
)
def test_credentials(error: Any, sentence: str) -> None:
    assert sentence in str(credentials_error(error))


class Operation:
    name = "ListObjectsV2"


def judge(contact: FirstContact, *, attempts: int, error: Exception | None = None, code: str = "") -> None:
    response = None if error else (None, {"Error": {"Code": code}} if code else {})
    contact.judge(response=response, caught_exception=error, attempts=attempts, operation=Operation)


def test_gives_up_where_nobody_ever_answered() -> None:
    gone = EndpointConnectionError(endpoint_url="http://x")
    contact = FirstContact()
    judge(contact, attempts=1, error=gone)
    with pytest.raises(EndpointConnectionError):
        judge(contact, attempts=2, error=gone)
    judge(contact, attempts=1)
    judge(contact, attempts=5, error=gone)  # an outage: waited out


def test_does_not_follow_to_another_region() -> None:
    with pytest.raises(ClientError, match="PermanentRedirect"):
        judge(FirstContact(), attempts=1, code="PermanentRedirect")
    judge(FirstContact(), attempts=1, code="SlowDown")
