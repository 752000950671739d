#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Say how a relay was set up by hand."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_relay_info
short_description: Say how a relay was set up by hand
version_added: "0.1.0"
description:
  - Reads what the README of hikvision-aws-toolkit has its reader write, and finds pictures hidden underneath the mount.
  - Changes nothing. The result holds the key and a password's hash, so a task that registers it sets C(no_log).
options:
  kept:
    description: Folder with copies of the files as they were, which are read instead of those it has.
    type: path
    default: ""
  user:
    description: Whom the lines of cron run as that ran as the cameras' user until now.
    type: str
    default: hkawstoolkit
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
author: The maintainers
"""

EXAMPLES = r"""
- name: Look at the relay
  cctv_relay_info:
  register: relay
  no_log: true
"""

RETURN = r"""
by_hand: {description: Whether the mount is still the one that was written by hand., returned: always, type: bool}
spool: {description: Whether the forwarder takes pictures in there by now., returned: always, type: bool}
bucket: {description: Name of the bucket., returned: always, type: str}
prefix: {description: Folder in the bucket below which the cameras lie., returned: always, type: str}
region: {description: Its region., returned: always, type: str}
endpoint_url: {description: URL of a store other than Amazon's., returned: always, type: str}
path: {description: The mount point., returned: always, type: str}
cache: {description: The cache folder that s3fs was given., returned: always, type: str}
account: {description: Whom cameras log in as., returned: always, type: str}
password_hash: {description: The hash of its password; empty for one that is locked., returned: always, type: str}
access_key: {description: The key that s3fs uses., returned: always, type: str}
secret_key: {description: Its secret., returned: always, type: str}
archive: {description: What the old configuration says in its section C(archive)., returned: always, type: dict}
minute: {description: Minute of the sort., returned: always, type: str}
hour: {description: Hour of the sort., returned: always, type: str}
patterns: {description: Names of the files that are sorted., returned: always, type: list, elements: str}
sorts: {description: Whether a line of cron that goes on as it is sorts., returned: always, type: bool}
carried: {description: Lines of cron that get a file of their own., returned: always, type: list, elements: str}
edited: {description: Files in which lines of cron get another user., returned: always, type: list, elements: str}
crontab: {description: The crontab of the cameras' user; empty if there is none., returned: always, type: str}
report: {description: What becomes of each line of cron., returned: always, type: list, elements: str}
stranded: {description: Number of files hidden underneath the mount., returned: always, type: int}
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.cctv import crontab, handmade
from ansible.module_utils.cctv.errors import CctvError

SPEC = {"kept": {"type": "path", "default": ""}, "user": {"type": "str", "default": "hkawstoolkit"}}
# In a mount namespace of its own: what lies underneath shows where the parent is bound without its mounts.
COUNT = 'mount --bind "$1" /mnt && cd "/mnt/$2" && find . -type f -printf x | wc -c'


def text(path: str, kept: str) -> str:
    """Return a file's text, as it was when it was kept; nothing for one that is not there."""
    for place in (f"{kept}{path}", path) if kept else (path,):
        if Path(place).is_file():
            return Path(place).read_text(encoding="utf-8", errors="replace")
    return ""


def stranded(module: AnsibleModule, path: str) -> int:
    """Count the files that the mount at ``path`` hides."""
    if not Path(path).parent.is_dir():
        return 0
    place = Path(path)
    words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", COUNT, "sh", str(place.parent), place.name]
    code, counted, _ = module.run_command(words)
    return int(counted) if code == 0 and counted.strip().isdigit() else 0


def cron(account: str, user: str, kept: str) -> dict[str, Any]:
    """Return what becomes of the lines of cron; those that change in their place are read as they are now."""
    places = [Path("/etc/crontab"), *sorted(Path("/etc/cron.d").glob("*"))]
    system = {str(place): text(str(place), "") for place in places} | {crontab.COLLECT: text(crontab.COLLECT, kept)}
    owns = [f"/var/spool/cron/{folder}{account}" for folder in ("crontabs/", "")]
    own = next((file for file in owns if text(file, kept)), "")
    plan = crontab.plan_cron(system, text(own, kept) if own else "", account, user)
    return {**asdict(plan), "crontab": own}


def look(module: AnsibleModule, kept: str, user: str) -> dict[str, Any]:
    """Return the findings."""
    config = text("/etc/hkawstoolkit/config.yaml", kept)
    settings = handmade.find_settings(config)
    homes = handmade.find_homes(text("/etc/passwd", "").splitlines())
    found = handmade.choose_mount(handmade.find_mounts(text("/etc/fstab", kept)), settings.get("bucket", ""), homes)
    mount = found or handmade.Mount("", "/var/lib/cctv/storage")
    now = [other for other in handmade.find_mounts(text("/etc/fstab", "")) if other.path == mount.path]
    spool = bool(text("/etc/hkawstoolkit/forwarder.yaml", ""))
    keys = text(mount.options.get("passwd_file", "/etc/passwd-s3fs"), kept)
    access_key, secret_key = handmade.find_key(keys, mount.bucket)
    account = homes.get(str(Path(mount.path).parent), "cctv")
    hashes = dict(line.split(":")[:2] for line in text("/etc/shadow", "").splitlines() if ":" in line)
    locked = hashes.get(account, "!").startswith(("!", "*"))
    url = mount.options.get("url", "")
    return {
        "by_hand": not spool and (now[0].by_hand if now else bool(mount.bucket)),
        "spool": spool,
        "bucket": mount.bucket or settings.get("bucket", ""),
        "prefix": mount.prefix,
        "region": settings.get("region") or mount.options.get("endpoint", ""),
        "endpoint_url": "" if "amazonaws.com" in url else url,
        "path": mount.path,
        "cache": mount.options.get("use_cache", ""),
        "account": account,
        "password_hash": "" if locked else hashes[account],
        "access_key": access_key,
        "secret_key": secret_key,
        "archive": handmade.find_archive(config),
        "stranded": stranded(module, mount.path),
        **cron(account, user, kept),
    }


def main() -> None:
    """Run the module."""
    module = AnsibleModule(SPEC, supports_check_mode=True)
    try:
        found = look(module, module.params["kept"], module.params["user"])
    except OSError as error:
        module.fail_json(msg=f"The relay's files cannot be read ({error}): use become.")
    except CctvError as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
