"""The Resource of a policy statement: ``?`` stands for one character, and NotResource for all the others.

moto takes a ``?`` for a part of a regular expression, and a statement without Resource for one of a trust policy.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any

from moto.iam.access_control import IAMPolicyStatement, PermissionResult

if TYPE_CHECKING:
    from collections.abc import Callable

_WILD = {"*": ".*", "?": "."}


def install() -> None:
    """Match as AWS does."""
    IAMPolicyStatement._match = staticmethod(_match)
    IAMPolicyStatement.is_action_permitted = _of_the_others(IAMPolicyStatement.is_action_permitted)


def _match(pattern: str, string: str) -> re.Match[str] | None:
    return re.fullmatch("".join(_WILD.get(char, re.escape(char)) for char in pattern), string, re.DOTALL)


def _of_the_others(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def is_action_permitted(self: Any, action: str, resource: str = "*", *args: Any, **kwargs: Any) -> Any:
        if "NotResource" not in self._statement:
            return original(self, action, resource, *args, **kwargs)
        if self._check_element_matches("NotResource", resource):
            return PermissionResult.NEUTRAL
        others = {name: value for name, value in self._statement.items() if name != "NotResource"}
        return original(IAMPolicyStatement(others | {"Resource": "*"}), action, resource, *args, **kwargs)

    return is_action_permitted
