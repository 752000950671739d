"""From the command line to the exit status."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from ansible.module_utils.cctv.errors import CctvError

from tool.actions import ACTIONS
from tool.command_line import parse

if TYPE_CHECKING:
    from tool.__main__ import Interruption

FAILED, REFUSED = 1, 3


def main(interruption: Interruption) -> int:
    """Return the exit status, as --help lists them."""
    try:
        code = act(parse(), interruption)
        print(end="", flush=True)
    except CctvError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        print(f"Stopped: {error.strerror or error}. Mend that and run it again.", file=sys.stderr)
        return FAILED
    return code


def act(given: Namespace, interruption: Interruption) -> int:
    """Do what is asked; what is not asked for is not loaded, on a small board."""
    if given.action == "web":
        return serve()
    if given.action == "status":
        from tool import status

        return status.show(given)
    from tool.perform import Performer

    performer = Performer(ACTIONS[given.action], given)
    interruption.stop = performer.stop
    if performer.deletes:
        interruption.comfort = "what was deleted so far is gone, as asked"
    return performer.run()


def serve() -> int:
    """Become the viewer."""
    file = "/etc/hkawstoolkit/viewer.yml"
    if not os.access(file, os.R_OK):
        raise CctvError(
            f"{file} cannot be read. The viewer asks for a login now: set it up with playbooks/viewer_deploy.yml, "
            "which also starts it as hk-aws-web.service."
        )
    os.execv(sys.executable, [sys.executable, "-P", "-m", "viewer", file])


def _drop_output() -> None:
    """Let Python end without a second complaint about what it still has to write."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
