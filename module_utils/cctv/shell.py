"""What every module does alike: options in, a catalog for the work, a result or one sentence out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from .clock import Zones
from .dependencies import declared, missing
from .errors import CctvError
from .layout import Layout
from .selection import select_cameras
from .share import Share
from .wording import sentence

with declared():
    from .catalog import Catalog
    from .store import Access, Store

COMMON: dict[str, dict[str, Any]] = {
    "bucket": {"type": "str", "required": True},
    "prefix": {"type": "str", "default": ""},
    "endpoint_url": {"type": "str"},
    "region": {"type": "str"},
    "profile": {"type": "str"},
    "access_key": {"type": "str", "no_log": True},
    "secret_key": {"type": "str", "no_log": True},
    "session_token": {"type": "str", "no_log": True},
    "timezone": {"type": "str", "default": ""},
    "camera_timezones": {"type": "dict", "default": {}},
}
CAMERAS: dict[str, dict[str, Any]] = {"cameras": {"type": "list", "elements": "str", "default": ["*"]}}
WORKERS: dict[str, dict[str, Any]] = CAMERAS | {
    "workers": {"type": "list", "elements": "str", "default": []},
    "worker": {"type": "str", "default": ""},
}

Ranges = Mapping[str, range]
Work = Callable[[AnsibleModule, "Catalog"], dict[str, Any]]


def run(spec: Mapping[str, Any], work: Work, *, ranges: Ranges | None = None) -> None:
    """Build the module from the common options and ``spec``, do the ``work``, and leave.

    ``ranges`` says within what a number must lie. ``work`` returns the result; its ``failures`` (reasons by key)
    make the module fail with ``failed`` as their number, everything else done. A CctvError fails it with nothing
    but its sentence. What a failure left half-way, or an error behind it, is in no count, and yet a change.
    """
    module = AnsibleModule(argument_spec=COMMON | dict(spec), supports_check_mode=True)
    if missing:
        module.fail_json(msg=missing_required_lib("boto3, obstore and isal"), exception=missing[0])
    try:
        require(module.params, ranges or {})
        catalog = open_catalog(module.params)
    except CctvError as error:
        module.fail_json(msg=str(error))
    try:
        result = told(work(module, catalog))
    except CctvError as error:
        module.fail_json(msg=str(error), changed=catalog.store.has_written)
    result["changed"] |= bool(result["failed"] and catalog.store.has_written)
    module.exit_json(**result)


def told(result: dict[str, Any]) -> dict[str, Any]:
    """Return the result of a ``work`` as it is shown: failures as rows, their number, the first in the sentence."""
    failures = result.get("failures", {})
    # What ended the run comes first.
    rows = [
        {"key": key, "reason": failures[key]} for key in sorted(failures, key=lambda it: not it.startswith("s3://"))
    ]
    for row in rows[:1]:
        result["msg"] += f" {len(rows)} failed, the first of them {row['key']}: {sentence(row['reason'])}"
    return result | {"failures": rows, "failed": len(rows)}


def chosen_cameras(module: AnsibleModule, catalog: Catalog) -> list[str]:
    """Return the cameras that the ``cameras`` option means; CctvError when one of its globs matches none."""
    names = catalog.cameras()
    if not names and catalog.layout.prefix:  # as on a site's first day, so no failure
        module.warn(f"Nothing lies below {catalog.layout.prefix} in {catalog.store.bucket}: is that the right prefix?")
    return select_cameras(names, module.params["cameras"])


def share(params: Mapping[str, Any]) -> Share:
    """Return the part of the work that the options leave to this worker."""
    return Share(params["worker"], tuple(params["workers"]))


def access(params: Mapping[str, Any], *, bucket: str = "") -> Access:
    """Return who talks to which bucket: the one of the options, or another ``bucket`` as the same user."""
    names = ("endpoint_url", "region", "profile", "access_key", "secret_key", "session_token")
    return Access(bucket=bucket or params["bucket"], is_one_job=True, **{name: params[name] for name in names})


def diff(before: Iterable[str], after: Iterable[str], *, header: str) -> dict[str, str]:
    """Return what Ansible prints with ``--diff``: one line for each key that goes or comes."""
    return {
        "before": "".join(f"{line}\n" for line in before),
        "after": "".join(f"{line}\n" for line in after),
        "before_header": header,
        "after_header": header,
    }


def require(params: Mapping[str, Any], ranges: Ranges) -> None:
    """Raise CctvError for a number outside of its range."""
    for name, allowed in ranges.items():
        if params[name] not in allowed:
            raise CctvError(f"{name}: {params[name]} is out of range: give {allowed[0]} to {allowed[-1]}.")


def open_catalog(params: Mapping[str, Any], store: Callable[[Access], Store] | None = None) -> Catalog:
    """Return the catalog that the options mean, over a ``store`` of the caller's kind if it has one."""
    if bool(params["access_key"]) != bool(params["secret_key"]):
        raise CctvError("access_key and secret_key go together: give both or none.")
    zones = Zones.load(params["timezone"], params["camera_timezones"])
    return Catalog((store or Store)(access(params)), Layout(params["prefix"]), zones, datetime.now(UTC))
