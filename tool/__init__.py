"""hk-aws-tool: the modules of library/ without Ansible around them, for people, cron lines and scripts."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

# The modules import the core as Ansible gives it to them.
_OURS = str(Path(__file__).resolve().parent.parent / "module_utils")
if _OURS not in ansible.module_utils.__path__:
    ansible.module_utils.__path__.append(_OURS)
