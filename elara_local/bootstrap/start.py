"""The way from `python3 launcher.py` to `python -m elara_local`.

On a later start only this file and stamp.py are read before Elara's own Python takes over
in this process (on Windows in a child, whose exit code is passed on). It knows nothing of
how packages are installed.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from elara_local.bootstrap.stamp import (
    FIELD,
    WINDOWS,
    WORKSHOP,
    is_ready,
    lacking_models,
    venv_python,
)
from elara_local.bootstrap.trouble import Trouble

Say = Callable[[str], None]


def start(
    home: str, arguments: Sequence[str], gpu: str, environ: Mapping[str, str], say: Say
) -> int:
    """Set up what lacks, then hand over; returns only on Windows or when it could not."""
    testing = list(arguments[:1]) == ["test"]
    wanted = WORKSHOP if testing else FIELD
    variables = make_variables(home, environ)
    try:
        python = find_python(home, wanted, gpu)
        if not python:
            from elara_local.bootstrap import installation

            python = installation.install(home, wanted, gpu, variables, say)
        if lacking_models(home):
            say("Starter models: being prepared (about 180 MB, once).")
            if code := run([python, "-P", "-m", "elara_local", "models", "prepare"], variables):
                return code
    except KeyboardInterrupt:
        say("Stopped. The next start goes on from here.")
        return 130
    except Trouble as error:
        sys.stderr.write(f"{error}\n")
        return 3
    except OSError as error:  # a read-only folder, a disk that is full
        sys.stderr.write(
            f"Elara can't set itself up in {home}: {error}. Correct it, start again.\n"
        )
        return 3
    if testing:
        os.chdir(home)
    return hand_over([python, *module_of(arguments)], variables)


def module_of(arguments: Sequence[str]) -> list[str]:
    """Return which module Python is to run, with its arguments."""
    if list(arguments[:1]) == ["test"]:
        return ["-m", "pytest", *arguments[1:]]
    if list(arguments[:1]) in (["index"], ["convert"]):
        return ["-P", "-m", *arguments]
    return ["-P", "-m", "elara_local", *arguments]


def make_variables(home: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for Elara's Python: it finds Elara from any working directory.

    Another Python's own settings (PYTHONHOME, PYTHONPATH) would lead it astray and are left
    out, as are pip's settings that would install elsewhere.
    """
    away = ("PYTHONHOME", "PYTHONSTARTUP", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER")
    variables = {name: value for name, value in environ.items() if name not in away}
    variables.update(PYTHONPATH=home, PYTHONNOUSERSITE="1")
    if WINDOWS:
        variables["PYTHONUTF8"] = "1"
    return variables


def find_python(home: str, wanted: str, gpu: str) -> str:
    """Return a Python that has all that is wanted, or "".

    That is the one running now when it is in a virtual environment that already holds every
    pinned package (nothing is ever installed into an environment of somebody else's), or
    the one of .venv when its stamp says so.
    """
    if gpu:
        return ""
    own = os.path.realpath(os.path.join(home, ".venv"))
    foreign = sys.prefix != sys.base_prefix and os.path.realpath(sys.prefix) != own
    if foreign and _has_all(home, wanted):
        return sys.executable
    return venv_python(home) if is_ready(home, wanted) else ""


def hand_over(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Become the command where the system can (exit code and signals are then its own)."""
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.execve(command[0], list(command), dict(variables))
    return run(command, variables)


def run(command: Sequence[str], variables: Mapping[str, str]) -> int:
    """Run a command to its end; Ctrl-C is the child's to answer."""
    import signal
    import subprocess

    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if WINDOWS else None
    try:
        code = subprocess.call(list(command), env=dict(variables))
    finally:
        if before is not None:
            signal.signal(signal.SIGINT, before)
    return 128 - code if code < 0 else code


def _has_all(home: str, wanted: str) -> bool:
    from importlib.metadata import PackageNotFoundError, version

    from elara_local.bootstrap.packages import read_pins

    try:
        pins = read_pins(home, wanted)
        return all(version(name).split("+")[0] == pinned for name, pinned in pins.items())
    except PackageNotFoundError:
        return False
