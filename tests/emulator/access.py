"""Who may do what: enforcement of IAM policies, and the first user, who may do everything."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from moto import settings
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionAuthenticatorMixin
from moto.iam.access_control import CreateAccessKeyFailure, IAMUserAccessKey
from moto.iam.models import iam_backends
from moto.s3.responses import ACTION_MAP

_EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True)
class AccessKey:
    access_key: str
    secret_key: str


def create_administrator() -> AccessKey:
    """Make the user with whose key all others are made."""
    iam = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    iam.create_user("us-east-1", "administrator")
    iam.put_user_policy("administrator", "everything", json.dumps(_EVERYTHING))
    key = iam.create_access_key("administrator")
    return AccessKey(key.access_key_id, key.secret_access_key)


def install() -> None:
    """An inactive key opens nothing; HeadBucket is allowed to who may list the bucket."""
    ACTION_MAP["BUCKET"]["HEAD"]["DEFAULT"] = "ListBucket"
    original = IAMUserAccessKey.__init__

    @functools.wraps(original)
    def find(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.backend.access_keys[self._access_key_id].status != "Active":
            raise CreateAccessKeyFailure(reason="InvalidId")

    IAMUserAccessKey.__init__ = find


def enforce(enforced: bool) -> None:
    """Check signatures and policies from now on, or stop doing so."""
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0.0 if enforced else float("inf")
    ActionAuthenticatorMixin.request_count = 0
