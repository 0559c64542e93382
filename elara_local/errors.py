"""The errors that Elara shows to people.

Every error a user can meet is an ElaraError: one sentence that says what happened
and with which value, and one that says the way out. The same words appear in the
window, in the JSON and in the log, and never hold what the user wrote.

    ElaraError
    ├── WrongUse          the command or the question was not usable        exit 2
    ├── Missing           a model, an index or a package is not installed   exit 3
    │   └── WrongFile     a file is there but is not what it should be      exit 3
    └── Stopped           the user pressed stop                             exit 1

This module knows no other room.
"""

from __future__ import annotations


class ElaraError(Exception):
    """Something a person must be told, in one sentence, with the way out in another."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class WrongUse(ElaraError):
    """The command line, the setting or the question can't be used as it is."""

    exit_code = 2


class Missing(ElaraError):
    """Something needed is not installed; the hint says how to get it."""

    exit_code = 3


class WrongFile(Missing):
    """A file is present but its content is not what its kind or checksum demands."""


class Stopped(ElaraError):
    """The user stopped the answer."""

    exit_code = 1

    def __init__(self, message: str = "Stopped.", hint: str = "") -> None:
        super().__init__(message, hint)
