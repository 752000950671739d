"""The Condition of a policy statement, as far as policies about buckets need it.

moto takes every condition for one of a trust policy. Here an S3 request is asked for its own keys, so that
a policy can demand ``If-None-Match`` of a writer, or let a camera's user list one prefix only.
"""

from __future__ import annotations

import functools
import ipaddress
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree

from flask import has_request_context, request
from moto.core import DEFAULT_ACCOUNT_ID
from moto.iam.access_control import IAMPolicyStatement, PermissionResult
from moto.iam.models import iam_backends

from tests.emulator import operation

if TYPE_CHECKING:
    from collections.abc import Callable

_QUERY = {"s3:prefix": "prefix", "s3:delimiter": "delimiter", "s3:max-keys": "max-keys"}
_CREATES = ("PutObject", "CopyObject", "CompleteMultipartUpload")


def install() -> None:
    """Evaluate conditions before moto sees the statement."""
    IAMPolicyStatement.is_action_permitted = _under_conditions(IAMPolicyStatement.is_action_permitted)


def _under_conditions(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def is_action_permitted(self: Any, action: str, *args: Any, **kwargs: Any) -> Any:
        conditions = self._statement.get("Condition")
        if not conditions or not action.startswith("s3:") or not has_request_context():
            return original(self, action, *args, **kwargs)
        if not all(_holds(operator, tests) for operator, tests in conditions.items()):
            return PermissionResult.NEUTRAL
        bare = {name: value for name, value in self._statement.items() if name != "Condition"}
        return original(IAMPolicyStatement(bare), action, *args, **kwargs)

    return is_action_permitted


def _holds(operator: str, tests: dict[str, Any]) -> bool:
    return all(_holds_for(operator, key, _listed(wanted)) for key, wanted in tests.items())


def _holds_for(operator: str, key: str, wanted: list[str]) -> bool:
    every = operator.removeprefix("ForAllValues:")
    if every != operator:  # true where the request says nothing, too
        return all(_test(every, each, wanted) for each in _each(key))
    return _test(operator, _actual(key), wanted)


def _listed(wanted: Any) -> list[str]:
    return [str(value) for value in (wanted if isinstance(wanted, list) else [wanted])]


def _each(key: str) -> list[str]:
    """The values of a key that may have several."""
    if key == "s3:RequestObjectTagKeys":
        return list(_tags())
    actual = _actual(key)
    return [] if actual is None else [actual]


def _test(operator: str, actual: str | None, wanted: list[str]) -> bool:
    if operator == "Null":
        return (actual is None) == (wanted[0].lower() == "true")
    if operator.endswith("IfExists"):
        return actual is None or _test(operator.removesuffix("IfExists"), actual, wanted)
    matches = _OPERATORS[operator.replace("Not", "")]
    found = actual is not None and any(matches(actual, value) for value in wanted)
    return not found if "Not" in operator else found


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda actual, wanted: actual == wanted,
    "StringLike": fnmatchcase,
    "ArnLike": fnmatchcase,
    "Bool": lambda actual, wanted: actual == wanted.lower(),
    "NumericLessThanEquals": lambda actual, wanted: float(actual) <= float(wanted),
    "IpAddress": lambda actual, wanted: ipaddress.ip_address(actual) in ipaddress.ip_network(wanted, strict=False),
}


def _actual(key: str) -> str | None:
    """What this request says to a condition key; None where it says nothing."""
    if key in _QUERY:
        return request.args.get(_QUERY[key])
    if key == "s3:ObjectCreationOperation":
        return str(operation.of(request.environ).name in _CREATES).lower()
    if key == "aws:SecureTransport":
        return str(request.is_secure).lower()
    if key == "aws:TokenIssueTime":  # of temporary credentials alone; which time it was nobody asks
        return request.headers.get("x-amz-security-token") and "2000-01-01T00:00:00Z"
    if key == "aws:PrincipalArn":
        return _principal(operation.of(request.environ).access_key)
    if key.startswith("s3:RequestObjectTag/"):
        return _tags().get(key.partition("/")[2])
    if key == "aws:SourceIp":
        return request.remote_addr
    if key.startswith("s3:"):  # named like its header: if-none-match, x-amz-storage-class
        return request.headers.get(key.removeprefix("s3:"))
    return None


def _principal(access_key: str) -> str | None:
    """The user that an access key belongs to."""
    known = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].access_keys.get(access_key)
    return f"arn:aws:iam::{DEFAULT_ACCOUNT_ID}:user/{known.user_name}" if known else None


def _tags() -> dict[str, str]:
    """The tags that a write gives to its object: in a header, or as the body of PutObjectTagging."""
    if "tagging" in request.args and request.method == "PUT":
        pairs = ElementTree.fromstring(request.get_data()).iterfind(".//{*}Tag")
        return {tag.findtext("{*}Key", ""): tag.findtext("{*}Value", "") for tag in pairs}
    return dict(parse_qsl(request.headers.get("x-amz-tagging", "")))
