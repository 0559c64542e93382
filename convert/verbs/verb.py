"""What a verb of `convert` is. It knows none by name; `register` does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass

from elara_local.settings import Settings


@dataclass(frozen=True)
class Verb:
    """One verb: its name, one line of help, its arguments, and the deed (exit code out)."""

    name: str
    about: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Settings], int]
