"""Whether a file in the spool is a whole picture. Pure; measured with vsftpd 3.0.3 and 3.0.5.

What vsftpd does, with ``delete_failed_uploads``, ``lock_upload_files``, ``dual_log_enable`` and
``file_open_mode=0460`` as the role ftp_server sets them (the 6 lets the forwarder, by the inherited access list, give
the file a second name; nobody else of the group may write):

| the upload                                  | reply | log     | afterwards                                     |
| ------------------------------------------- | ----- | ------- | ---------------------------------------------- |
| ends                                        | 226   | c       | the file, unlocked; logged before 226 and close |
| is reset, or a write fails (disk full)      | 426, 451 | i    | no file: unlinked before the close             |
| stalls for data_connection_timeout          | 421   | i       | no file                                        |
| is cut off because vsftpd is killed         | none  | nothing | half a file, closed and unlocked               |
| has the name of one that lies there still   | 553   | i       | the older file, untouched: 0460 refuses it     |

So neither the close nor the lock proves anything: the log does, and it lies in the synchronous spool too, hence
survives a power cut as surely as the picture. A camera that ends the data connection half-way and politely gets
226 from any FTP server, for what it has sent: that is then what we hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

SETTLE = 10.0
"""Seconds without a change after which a file that no log vouches for has an owner who is done with it."""
EMPTY_AFTER = 24 * 3600.0
"""Seconds after which an empty file goes that vsftpd did not make."""
RENAMED_WITHIN = 60.0
"""Seconds that a camera has to give a file with a temporary name its own. Until then the next of that name gets 553."""


class Verdict(Enum):
    """What to do with a file."""

    TAKE = auto()
    WAIT = auto()
    REMOVE = auto()  # it holds nothing
    CUT_SHORT = auto()
    ODD = auto()  # no file at all, but a link, a device or a pipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of one file. ``quiet``: seconds since its size or time changed, on the monotonic clock."""

    regular: bool
    size: int
    quiet: float
    read_only: bool  # for its owner, as vsftpd makes it, and hardly anybody who copies a file here
    acknowledged: bool  # the log says that this many bytes arrived whole under this name
    logged: bool  # there is a log
    locked: bool  # vsftpd is writing it
    renamed: bool  # it came here by a rename, which only a finished file does
    temporary: bool  # its name says that it will be renamed
    whole: bool  # it does not end in the middle of a JPEG, or the log knows an upload of its size


def judge(facts: Facts) -> Verdict:
    """Decide on one file; what is in doubt waits, and nothing that may have been acknowledged is dropped."""
    if not facts.regular:
        return Verdict.ODD
    uploaded = facts.logged and facts.read_only  # by vsftpd, which lets go of its lock when it is done with a file
    # What was never acknowledged is an orphan: its camera will not come to rename it.
    patience = RENAMED_WITHIN if facts.acknowledged or not uploaded else SETTLE
    # Locked: whatever the log says, since its line may be of an earlier upload of that name and size.
    if facts.locked or (facts.size and facts.temporary and facts.quiet < patience):
        return Verdict.WAIT
    if facts.size == 0:  # while it lies there, a camera that always uses this name is refused
        return Verdict.REMOVE if facts.quiet >= (SETTLE if uploaded else EMPTY_AFTER) else Verdict.WAIT
    if facts.acknowledged:
        return Verdict.TAKE
    if facts.quiet < SETTLE and not facts.renamed:
        return Verdict.WAIT
    never_finished = uploaded and not facts.renamed and not facts.whole
    return Verdict.CUT_SHORT if never_finished else Verdict.TAKE
