"""`python -m benchmarks`: every measurement, one after the other, as one table.

Run it on a quiet machine: the figures of a busy one say little. `--no-window` leaves out
what needs a window process and a browser.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from typing import Any

ROOMS = ("embedding", "index", "chat", "journey")


def run(room: str, *arguments: str) -> dict[str, Any]:
    """Run one measurement in a process of its own and return its figures."""
    command = [sys.executable, "-m", f"benchmarks.{room}", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        return {"failed": last}
    return dict(json.loads(done.stdout[done.stdout.index("{") :]))


def main() -> None:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-window", action="store_true")
    options = parser.parse_args()
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}\n")
    print("| measurement | figure | value |\n| --- | --- | --- |")
    for room in ROOMS:
        extra = ["--no-window"] if room == "journey" and options.no_window else []
        for name, value in run(room, *extra).items():
            print(f"| {room} | {name} | {value} |", flush=True)


if __name__ == "__main__":
    main()
