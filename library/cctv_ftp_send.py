#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Send a picture to a relay as a camera does."""

from __future__ import annotations

DOCUMENTATION = r"""
module: cctv_ftp_send
short_description: Send a picture to a relay as a camera does
version_added: "0.1.0"
description:
  - Logs in over FTP, enters the camera's folder (and makes it if it is missing), and stores a picture there.
  - The picture is named as Hikvision's cameras name theirs, after the time it is now, and no two are the same.
options:
  src:
    description: A JPEG file, which gets a comment of its own.
    type: path
    required: true
  host:
    description: Name or address of the relay.
    type: str
    required: true
  port:
    description: Port of its FTP server.
    type: int
    default: 21
  account:
    description: Account of the camera.
    type: str
    required: true
  password:
    description: Password of the account.
    type: str
    required: true
  tls:
    description: Whether to encrypt the session and the picture; the certificate is not checked, as cameras do not.
    type: bool
    default: false
  directory:
    description: The camera's parent directory.
    type: str
    default: storage
  camera:
    description: Name of the camera, its child directory.
    type: str
    required: true
  timezone:
    description: IANA name of the time zone that the name is in. Empty means the zone of the host.
    type: str
    default: ""
  timeout:
    description: Seconds to wait for each answer.
    type: int
    default: 30
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
author: The maintainers
"""

EXAMPLES = r"""
- name: Send a picture
  cctv_ftp_send:
    src: playbooks/files/picture.jpg
    host: 192.168.1.2
    account: cctv
    password: "{{ vault_ftp_password }}"
    camera: CAM-EXT-001
"""

RETURN = r"""
name: {description: File name of the picture., returned: always, type: str}
date: {description: The day in its name., returned: always, type: str, sample: "2022-02-24"}
size: {description: Size in bytes., returned: always, type: int}
seconds: {description: How long the relay took to say that it has the picture., returned: success, type: float}
"""

import io
import secrets
import time
from datetime import UTC, datetime
from ftplib import FTP, FTP_TLS, all_errors, error_perm
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.cctv.clock import load_zone
from ansible.module_utils.cctv.errors import CctvError


def unique(jpeg: bytes) -> bytes:
    """Return the picture with a comment behind its first segment that no other has."""
    comment = secrets.token_hex(16).encode()
    end = 4 + int.from_bytes(jpeg[4:6], "big")
    return jpeg[:end] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[end:]


def send(params: dict[str, Any], name: str, picture: bytes) -> None:
    """Speak to the server as a camera does."""
    with FTP_TLS(timeout=params["timeout"]) if params["tls"] else FTP(timeout=params["timeout"]) as ftp:
        ftp.connect(params["host"], params["port"])
        ftp.login(params["account"], params["password"])
        if isinstance(ftp, FTP_TLS):
            ftp.prot_p()
        for folder in (*params["directory"].strip("/").split("/"), params["camera"]):
            try:
                ftp.cwd(folder)
            except error_perm:
                ftp.mkd(folder)
                ftp.cwd(folder)
        ftp.storbinary(f"STOR {name}", io.BytesIO(picture))


def main() -> None:
    """Run the module."""
    spec: dict[str, dict[str, Any]] = {
        "src": {"type": "path", "required": True},
        "host": {"type": "str", "required": True},
        "port": {"type": "int", "default": 21},
        "account": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "tls": {"type": "bool", "default": False},
        "directory": {"type": "str", "default": "storage"},
        "camera": {"type": "str", "required": True},
        "timezone": {"type": "str", "default": ""},
        "timeout": {"type": "int", "default": 30},
    }
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    begun = time.monotonic()
    try:
        at = datetime.now(UTC).astimezone(load_zone(module.params["timezone"]))
        picture = unique(Path(module.params["src"]).read_bytes())
        name = f"192.168.1.64_01_{at:%Y%m%d%H%M%S}{at.microsecond // 1000:03d}_MOTION_DETECTION.jpg"
        if not module.check_mode:
            send(module.params, name, picture)
    except (CctvError, *all_errors) as error:
        where = f"{module.params['account']} at {module.params['host']}:{module.params['port']}"
        module.fail_json(msg=f"The picture could not be sent as {where}: {error}")
    seconds = round(time.monotonic() - begun, 3)
    module.exit_json(changed=True, name=name, date=f"{at:%Y-%m-%d}", size=len(picture), seconds=seconds)


if __name__ == "__main__":
    main()
