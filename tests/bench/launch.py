"""Runs a command and writes down its tree's CPU and peak memory.

A process of its own because memory counts from the fork on: the child of a large process has a large peak.
"""

import json
import os
import subprocess
import sys

process = subprocess.Popen(sys.argv[2:])
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as file:
    json.dump({"cpu": usage.ru_utime + usage.ru_stime, "peak": usage.ru_maxrss / 1024}, file)
sys.exit(process.returncode)
