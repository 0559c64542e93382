"""The steps of a set-up, one after the other; each finds done what an earlier start did.

    1 the environment .venv     2 llama.cpp, compiled for this machine     3 the packages

llama-cpp-python comes first, because it alone is compiled: a machine without a compiler is
told so in the first minute. What was done is written to the stamp after each step, and the
hash of the requirements file last of all.
"""

from __future__ import annotations

import platform
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NoReturn

from elara_local.bootstrap import environment, hardware
from elara_local.bootstrap.packages import Progress, about_total, read_pins, run_pip
from elara_local.bootstrap.stamp import (
    FIELD,
    WORKSHOP,
    hash_requirements,
    is_ready,
    read_stamp,
    venv_folder,
    venv_python,
    write_stamp,
)
from elara_local.bootstrap.trouble import Trouble

Say = Callable[[str], None]

LLAMA = "llama-cpp-python"
BUILT = "llama.cpp"  # the stamp's word for what step 2 made, such as "0.3.36 cpu"
NEEDED_GB = {FIELD: 3.0, WORKSHOP: 6.0}  # packages, pip's cache, starter models
PIP = ("--no-input", "--disable-pip-version-check", "--progress-bar", "off", "--retries", "3")


@dataclass(frozen=True)
class Site:
    """What every step needs to know."""

    home: str
    variables: Mapping[str, str]
    say: Say
    lock: int

    @property
    def pip(self) -> list[str]:
        """The beginning of every pip command."""
        return [venv_python(self.home), "-m", "pip", "install", *PIP]

    @property
    def log(self) -> Path:
        """Where all of pip's words go."""
        return Path(venv_folder(self.home)) / "elara-setup.log"

    def count_installed(self) -> int:
        """Count the packages that are in the environment now."""
        folder = environment.packages_folder(self.home)
        return sum(1 for _ in folder.glob("*.dist-info/RECORD"))


def install(home: str, wanted: str, gpu: str, variables: Mapping[str, str], say: Say) -> str:
    """Make the environment hold what `wanted` asks for; return its Python.

    Raises:
        Trouble: something is missing that only the user can bring.
        KeyboardInterrupt: stopped; the next start goes on from here.
    """
    _stop_on_signals()
    chosen = _choose(gpu, read_stamp(home), variables)
    with environment.locked(home, say) as lock:
        if is_ready(home, wanted) and read_stamp(home).get(BUILT) == _built(home, chosen):
            return venv_python(home)
        say("Elara sets itself up: once, and it may be stopped and started again at any time.")
        _require_space(home, wanted)
        site = Site(home, variables, say, lock)
        say("[1/3] environment")
        environment.make_environment(home, variables, say)
        for name in environment.mend(home):
            say(f"  {name} was left half-installed; it will be installed again")
        say(f"[2/3] llama.cpp for this machine ({chosen})")
        _install_llama(site, chosen, explicit=bool(gpu))
        say("[3/3] packages")
        _install_packages(site, wanted)
        say("Set up.")
    return venv_python(home)


def _choose(gpu: str, done: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """Return how llama.cpp is built: as asked now, as asked before, or as found."""
    remembered = str(done.get(BUILT, "")).split()[-1:]
    if not gpu and remembered:
        return remembered[0]
    nvcc = hardware.find_nvcc(variables)
    card = bool(nvcc) and hardware.has_card(variables)
    return hardware.choose_gpu(gpu or "auto", platform.system(), platform.machine(), nvcc, card)


def _built(home: str, gpu: str) -> str:
    return f"{read_pins(home, FIELD)[LLAMA]} {gpu}"


def _install_llama(site: Site, gpu: str, explicit: bool) -> None:
    built = _built(site.home, gpu)
    done = read_stamp(site.home)
    if done.get(BUILT) == built and _is_installed(site.home, LLAMA):
        site.say("  done before")
        return
    system, machine = platform.system(), platform.machine()
    command = [*site.pip, "-c", str(Path(site.home) / FIELD)]
    # pip would take a wheel from its cache, or leave one that is there, whatever its flags.
    if gpu != hardware.native_gpu(system, machine) or (explicit and BUILT in done):
        command += ["--force-reinstall", "--no-deps", "--no-cache-dir"]
    flags = [site.variables.get("CMAKE_ARGS", ""), *hardware.cmake_flags(gpu, system, machine)]
    variables = {**site.variables, "CMAKE_ARGS": " ".join(filter(None, flags))}
    if gpu == "cuda":
        variables["CUDACXX"] = hardware.find_nvcc(site.variables)
    compiler = hardware.has_compiler(variables)

    def refuse(line: str) -> str:
        starts = "Building wheel for llama" in line and "started" in line
        return hardware.explain_compiler(system) if starts and not compiler else ""

    progress = Progress(site.say, 5, site.count_installed)
    command.append(f"{LLAMA}=={read_pins(site.home, FIELD)[LLAMA]}")
    run_pip(command, variables, site.log, progress, site.lock, refuse)
    write_stamp(site.home, {**read_stamp(site.home), BUILT: built})


def _install_packages(site: Site, wanted: str) -> None:
    done = {name: value for name, value in read_stamp(site.home).items() if name != wanted}
    write_stamp(site.home, done)
    progress = Progress(site.say, about_total(site.home, wanted), site.count_installed)
    command = [*site.pip, "-r", str(Path(site.home) / wanted)]
    run_pip(command, site.variables, site.log, progress, site.lock)
    for name in {FIELD, wanted}:
        done[name] = hash_requirements(site.home, name)
    write_stamp(site.home, done)


def _is_installed(home: str, package: str) -> bool:
    name = package.replace("-", "_")
    return any(environment.packages_folder(home).glob(f"{name}-*.dist-info/RECORD"))


def _require_space(home: str, wanted: str) -> None:
    needed = NEEDED_GB[wanted]
    free = shutil.disk_usage(home).free / 1e9
    if not read_stamp(home) and free < needed:
        raise Trouble(
            f"Elara needs {needed:.0f} GB for its set-up and {free:.1f} GB is free where "
            f"{home} is. Free some space, then start again."
        )


def _stop_on_signals() -> None:
    """Let a closed terminal or a polite kill end the set-up as Ctrl-C does."""

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    sys.stdout.flush()
