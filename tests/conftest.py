"""Make the project's own module_utils importable as Ansible will see them."""

from __future__ import annotations

from pathlib import Path

import ansible.module_utils

ansible.module_utils.__path__.append(str(Path(__file__).parents[1] / "module_utils"))
