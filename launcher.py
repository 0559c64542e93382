# -*- coding: utf-8 -*-
"""Starts Elara Local, and makes everything it needs on the first start.

    python3 launcher.py [--gpu auto|cpu|cuda|metal] [COMMAND ...]    the window, or a command
    python3 launcher.py [--gpu ...] test [PYTEST ARGUMENTS]          the tests

The first start makes .venv beside this file, installs the packages, prepares the starter
models (the room elara_local/bootstrap/ does it, with the standard library alone) and hands over to
`python -m elara_local`. Every later start finds that done and hands over at once.
Exit codes of its own: 2 wrong use, 3 something is missing (one line says what to do).

This file is written so that old Pythons, 2.7 included, can read it far enough to say that
they are too old. It knows nothing of questions, models or the window.
"""
# ruff: noqa: ANN001, ANN201, UP009, UP010, UP031

from __future__ import print_function

import os
import sys

OLDEST, NEWEST = (3, 11), (3, 13)
HOME = os.path.dirname(os.path.realpath(__file__))
GPUS = ("auto", "cpu", "cuda", "metal")


def explain_python(version):
    """Return one line about a Python that can't be used, or "" for one that can."""
    if OLDEST <= tuple(version[:2]) <= NEWEST:
        return ""
    age = "old" if tuple(version[:2]) < OLDEST else "new"
    return (
        "Elara needs Python %d.%d to %d.%d; this is %d.%d.%d, which is too %s. "
        "Install one of them, then run it with this file, such as: python3.%d launcher.py"
        % (OLDEST + NEWEST + tuple(version[:3]) + (age, OLDEST[1]))
    )


def split_arguments(arguments):
    """Return (gpu or "", the rest): only a leading --gpu is the launcher's own.

    Raises:
        ValueError: --gpu is followed by something else than one of GPUS.
    """
    arguments = list(arguments)
    gpu = ""
    while arguments and arguments[0].split("=")[0] == "--gpu":
        first = arguments.pop(0)
        gpu = first[len("--gpu=") :] if "=" in first else "".join(arguments[:1])
        if "=" not in first:
            arguments = arguments[1:]
        if gpu not in GPUS:
            raise ValueError("--gpu takes one of: %s." % ", ".join(GPUS))
    return gpu, arguments


def say(line):
    """Print one line of progress at once."""
    print(line)
    sys.stdout.flush()


def main(arguments):
    """Make what lacks, then hand over; returns an exit code only when it could not."""
    problem = explain_python(sys.version_info)
    if problem:
        print(problem, file=sys.stderr)
        return 3
    try:
        gpu, arguments = split_arguments(arguments)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    from elara_local.bootstrap import start  # new Pythons only

    return start.start(HOME, arguments, gpu, os.environ, say)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
