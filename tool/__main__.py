"""``python -m tool``, called as hk-aws-tool."""

from __future__ import annotations

import os
import signal
import sys
from argparse import Namespace
from contextlib import ExitStack, suppress
from types import FrameType

from ansible.module_utils.cctv.errors import CctvError

from tool.actions import ACTIONS
from tool.command_line import parse

REFUSED, INTERRUPTED = 3, 130


def main() -> int:
    """Return the exit status, as --help lists them."""
    displays = ExitStack()

    def leave(_number: int, _frame: FrameType | None) -> None:
        """Leave at once: whatever is half done is finished by the next run, as after a power cut."""
        with suppress(Exception):
            displays.close()
        os.write(2, b"\nInterrupted; nothing is lost. Run it again to go on.\n")
        os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, leave)
    signal.signal(signal.SIGTERM, leave)
    try:
        return act(parse(), displays)
    except CctvError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def act(given: Namespace, displays: ExitStack) -> int:
    """Do what is asked; what is not asked for is not loaded, on a small board."""
    if given.action == "web":
        return serve()
    if given.action == "status":
        from tool import status  # noqa: PLC0415 - loads the forwarder

        return status.show(given)
    from tool.perform import Performer  # noqa: PLC0415 - loads everything that talks to S3

    performer = Performer(ACTIONS[given.action], given)
    displays.callback(performer.stop)
    return performer.run()


def serve() -> int:
    """Become the viewer."""
    file = "/etc/hkawstoolkit/viewer.yml"
    if not os.access(file, os.R_OK):
        raise CctvError(
            f"{file} cannot be read. The viewer asks for a login now: set it up with playbooks/viewer_deploy.yml, "
            "which also starts it as hk-aws-web.service."
        )
    os.execv(sys.executable, [sys.executable, "-P", "-m", "viewer", file])  # noqa: S606 - no shell, and no data in it


if __name__ == "__main__":
    sys.exit(main())
