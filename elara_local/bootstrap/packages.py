"""Runs pip and says in plain lines what it is doing and how far it is.

pip's own output goes to .venv/elara-setup.log whole; what a person sees is one line for a
package, a ticking time while something long runs, and one line when it fails. It knows
pip's words; it does not know which packages are wanted, or why.
"""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from elara_local.bootstrap.stamp import FIELD, WINDOWS, WORKSHOP
from elara_local.bootstrap.trouble import Trouble

Say = Callable[[str], None]

TICK_SECONDS = 10.0
KILL_SECONDS = 5.0
SLOW_TO_COMPILE = "llama-cpp-python"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;#]+)")
ABOUT = re.compile(r"about (\d+) packages")
COLLECTING = re.compile(r"^(Collecting|Requirement already satisfied:) ([A-Za-z0-9._-]+)")
FETCHING = re.compile(r"^\s*Downloading (\S+?)-[^-\s]+\S* \(([\d.]+ [kMG]B)")
BUILDING = re.compile(r"^\s*Building wheel for ([A-Za-z0-9._-]+) .*?: (started|finished.*)")
INSTALLING = re.compile(r"^Installing collected packages: (.+)")
NO_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeout|ReadTimeout|NameResolution|Failed to establish"
    r"|Temporary failure in name|getaddrinfo failed|Network is unreachable|ProxyError"
    r"|ConnectionResetError|Max retries exceeded|nodename nor servname",
    re.IGNORECASE,
)
NO_SPACE = re.compile(r"No space left on device|not enough space on the disk", re.IGNORECASE)


@dataclass
class Progress:
    """Turns pip's lines into ours. `total` is about how many packages there are."""

    say: Say
    total: int
    count_installed: Callable[[], int]
    met: set[str] = field(default_factory=set)
    doing: str = "asking for the list of packages"
    since: float = field(default_factory=time.monotonic)
    installing: int = 0
    before: int = 0
    said_retry: bool = False

    def read(self, line: str) -> None:
        """Take one line of pip's."""
        if found := COLLECTING.match(line):
            self._meet(found[2], new=found[1] == "Collecting")
        elif found := FETCHING.match(line):
            self.doing = f"fetching {found[1]} ({found[2]})"
            if "MB" in found[2] and float(found[2].split()[0]) >= 20 or "GB" in found[2]:
                self.say(f"  {self.doing}")
        elif found := BUILDING.match(line):
            self._build(found[1].replace("_", "-"), found[2])
        elif found := INSTALLING.match(line):
            self.installing, self.before = len(found[1].split(",")), self.count_installed()
            self._begin(f"installing {self.installing} packages")
        elif "Retrying (" in line and not self.said_retry:
            self.said_retry = True
            self.say("  the network is slow to answer; trying again")

    def tick(self) -> None:
        """Say what is going on when pip has been silent for a while."""
        if self.installing:
            done = min(max(self.count_installed() - self.before, 0), self.installing)
            self.say(f"  installed {done} of {self.installing} packages, {self._elapsed()}")
        else:
            self.say(f"  {self.doing}, {self._elapsed()}")

    def _meet(self, name: str, new: bool) -> None:
        self.met.add(name.lower().replace("_", "-"))
        self.total = max(self.total, len(self.met))
        if new:
            self._begin(f"package {len(self.met)} of about {self.total}: {name}")

    def _begin(self, doing: str) -> None:
        self.doing, self.since = doing, time.monotonic()
        self.say(f"  {doing}")

    def _build(self, name: str, state: str) -> None:
        if state == "started":
            slow = ": this takes 4 to 15 minutes, once" if name == SLOW_TO_COMPILE else ""
            self._begin(f"compiling {name}{slow}")
            self.doing = f"compiling {name}"
        elif "done" in state:
            self.say(f"  compiled {name} in {self._elapsed()}")

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self.since)
        return f"{seconds // 60} min {seconds % 60:02d} s"


def read_pins(home: str, name: str) -> dict[str, str]:
    """Return package -> version of a requirements file and of those it includes."""
    texts = [(Path(home) / part).read_text(encoding="utf-8") for part in _parts(name)]
    found = (PIN.match(line) for text in texts for line in text.splitlines())
    return {match[1]: match[2] for match in found if match}


def about_total(home: str, name: str) -> int:
    """Return about how many packages a requirements file brings, as the file itself says."""
    found = ABOUT.search((Path(home) / name).read_text(encoding="utf-8"))
    return int(found[1]) if found else len(read_pins(home, name))


def _parts(name: str) -> tuple[str, ...]:
    return (name, FIELD) if name == WORKSHOP else (name,)


def run_pip(
    command: Sequence[str],
    variables: Mapping[str, str],
    log: Path,
    progress: Progress,
    lock: int,
    refuse: Callable[[str], str] = lambda line: "",
) -> None:
    """Run pip to its end; `refuse` may answer a line of pip's with a reason to stop.

    Raises:
        Trouble: pip failed, or was refused; the line says what to do.
        KeyboardInterrupt: the user or the system stopped the set-up; pip has been ended.
    """
    kept = (lock,) if not WINDOWS else ()
    process = subprocess.Popen(
        list(command),
        env={**variables, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=not WINDOWS,
        pass_fds=kept,
    )
    said: list[str] = []
    try:
        for line in _lines(process, log, progress.tick):
            said.append(line)
            if reason := refuse(line):
                raise Trouble(reason)
            progress.read(line)
        code = process.wait()
    finally:
        _end(process)
    if code:
        raise Trouble(explain(said, log))


def _lines(process: subprocess.Popen[str], log: Path, tick: Callable[[], None]) -> Iterator[str]:
    """Yield pip's lines as they come, writing them to the log, ticking while none comes."""
    waiting: queue.Queue[str | None] = queue.Queue()

    def pump() -> None:
        for line in process.stdout or ():
            waiting.put(line.rstrip("\n"))
        waiting.put(None)

    threading.Thread(target=pump, daemon=True).start()
    with log.open("a", encoding="utf-8") as file:
        while True:
            try:
                line = waiting.get(timeout=TICK_SECONDS)
            except queue.Empty:
                tick()
                continue
            if line is None:
                return
            file.write(line + "\n")
            file.flush()
            yield line


def _end(process: subprocess.Popen[str]) -> None:
    """End pip and what it has started, if it is still there."""
    if process.poll() is not None:
        return
    for name in ("SIGTERM", "SIGKILL"):
        if WINDOWS:
            process.kill()
        else:
            os.killpg(process.pid, getattr(signal, name))
        try:
            process.wait(KILL_SECONDS)
            return
        except subprocess.TimeoutExpired:
            continue


def explain(said: Sequence[str], log: Path) -> str:
    """Return one line for a pip that failed: what happened and what to do."""
    text = "\n".join(said)
    if NO_SPACE.search(text):
        return "The disk is full: free a few GB where Elara's folder is, then start again."
    if NO_NETWORK.search(text):
        return (
            "The first start needs the internet to fetch its packages, and there is no answer. "
            "Connect once, then start again: what was done is kept."
        )
    errors = [line for line in said if line.startswith("ERROR:")] or list(said[-1:])
    last = errors[0].removeprefix("ERROR:").strip()[:200] if errors else "no word"
    return f"pip could not install the packages ({last}). All it said is in {log}."
