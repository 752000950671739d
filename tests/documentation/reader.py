"""Somebody who types what the documentation says: in a copy of the project, with a home of their own, at a terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.documentation.blocks import ROOT
from tests.documentation.terminal import converse

VAULT, VIEWER, LOGIN = "of the vault", "of the viewer", "raspberry"
ANSWERS = {
    r"Vault password: $": VAULT,
    r"^Password: $": VIEWER,
    r"^Enter (same )?passphrase .*: $": "",
    r"\(yes/no/\[fingerprint\]\)\? $": "yes",
    r"'s password: $": LOGIN,
    r"\[Y/n\] $": "y",
}
"""What the reader answers, by what is asked."""
BEFORE = """set -eux
diff() { command diff "$@" || [ $? = 1 ]; }  # which says that there are differences
make() { echo 'here .venv is that of the tests: mark it <!-- run: clone -->'; return 1; }
"""
"""What a shell is told before it runs a script. It ends with the first command that fails."""


class Reader:
    """``folder`` is theirs; ``account`` leads to AWS."""

    def __init__(self, folder: Path, account: str) -> None:
        self.project, self.home = folder / "project", folder / "home"
        self.environment = {
            "ANSIBLE_CONFIG": str(self.project / "ansible.cfg"),
            "ANSIBLE_HOME": str(self.home / "ansible"),
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": account,
            "EDITOR": str(self.home / "bin" / "editor"),
            "HOME": str(self.home),
            "LC_ALL": "C.UTF-8",
            "PAGER": "cat",
            "PATH": f"{self.home / 'bin'}:{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
            "TERM": "dumb",
            "TZ": "UTC",
        }

    def settle(self) -> None:
        """Get the toolkit, as it is checked out, committed or not."""
        copy_project(self.project)
        for made in (".venv", ".collections"):
            (self.project / made).symlink_to(ROOT / made)
        for folder in (".aws", ".ssh", "bin"):
            (self.home / folder).mkdir(parents=True, mode=0o700)
        self.edit_with()

    def edit_with(self, *expressions: str) -> None:
        """Have the editor do these to the file that it is given, as sed does."""
        editor = Path(self.environment["EDITOR"])
        words = " ".join(f"-e '{expression}'" for expression in expressions)
        editor.write_text(f'#!/bin/sh\nsed -i {words} "$1"\n' if words else "#!/bin/sh\n")
        editor.chmod(0o755)

    def type(self, script: str, *, seconds: float = 500) -> str:
        """Run a script in a shell; return what was seen, AssertionError if it fails."""
        answers = {r"in which to save the key \(.*\): $": f"{self.home}/.ssh/id_ed25519"} | ANSWERS
        shell = ["bash", "-c", BEFORE + script]
        status, said = converse(shell, answers, cwd=self.project, env=self.environment, seconds=seconds)
        assert status == 0, said[-6000:]
        return said


def copy_project(folder: Path) -> None:
    """Copy what git knows, or would take, to a new folder."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for file in filter(None, listed.split("\0")):
        if (ROOT / file).is_file():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, folder / file)
