"""Temporary credentials of a user: they may do what he may, until their time is over and not his key's.

moto gives everybody the same ones, which open nothing.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.responses import ActionResult
from moto.iam import access_control
from moto.iam.access_control import CreateAccessKeyFailure, IAMRequestBase, IAMUserAccessKey
from moto.iam.models import AccessKey, iam_backends
from moto.sts.responses import TokenResponse
from moto.sts.utils import random_session_token

if TYPE_CHECKING:
    from collections.abc import Callable

_TOKENS: dict[str, str] = {}


def install() -> None:
    """Give each user credentials of its own, and take them for the user's."""
    TokenResponse.get_session_token = _with_credentials(TokenResponse.get_session_token)
    access_control.create_access_key = _or_temporary(access_control.create_access_key)
    IAMRequestBase.check_action_permitted = _unless_for_everybody(IAMRequestBase.check_action_permitted)


class TemporaryKey(IAMUserAccessKey):
    """A key of a user that came with a token."""

    def __init__(self, headers: Any, access_key_id: str) -> None:
        self.account_id, self.partition = DEFAULT_ACCOUNT_ID, "aws"
        if headers.get("X-Amz-Security-Token") != _TOKENS[access_key_id]:
            raise CreateAccessKeyFailure(reason="InvalidToken")
        key = self.backend.access_keys[access_key_id]
        self._owner_user_name, self._access_key_id = key.user_name, access_key_id
        self._secret_access_key = key.secret_access_key


def _with_credentials(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def get_session_token(self: Any) -> Any:
        stated = original(self).result["Credentials"]
        known = iam_backends[DEFAULT_ACCOUNT_ID]["aws"].access_keys
        asking = known[self.get_access_key()]
        key = AccessKey(asking.user_name, prefix="ASIA", account_id=DEFAULT_ACCOUNT_ID)
        known[key.access_key_id] = key
        token = _TOKENS[key.access_key_id] = random_session_token()
        own = {"AccessKeyId": key.access_key_id, "SecretAccessKey": key.secret_access_key, "SessionToken": token}
        return ActionResult({"Credentials": {**stated, **own}})

    return get_session_token


def _or_temporary(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def create_access_key(*, access_key_id: str, headers: Any, **rest: Any) -> Any:
        if access_key_id in _TOKENS:
            return TemporaryKey(headers, access_key_id)
        return original(access_key_id=access_key_id, headers=headers, **rest)

    return create_access_key


def _unless_for_everybody(original: Callable[..., Any]) -> Callable[..., Any]:
    """Whoever has a key may ask for credentials: no policy is asked."""

    @functools.wraps(original)
    def check_action_permitted(self: Any, resource: str) -> None:
        if self._action != "sts:GetSessionToken":
            original(self, resource)

    return check_action_permitted
