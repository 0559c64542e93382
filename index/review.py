"""A clinician's review of a topic or a medicine card, void as soon as the text is changed.

The review stands in the file itself: who, when, and the SHA-256 of the whole file without
these two lines. What is covered: any later change, by anybody, of a single character. What is
not covered: whether the name is a clinician's, and whether they read what they signed.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from elara_local.errors import WrongFile, WrongUse

UNREVIEWED = "unreviewed"
STATED = re.compile(r"reviewed by (?P<name>[^,\n\"\\]+), (?P<date>\d{4}-\d{2}-\d{2})")
REVIEW_LINE = re.compile(r'^review = "(?P<said>[^"\n]*)"\n', re.M)
SUM_LINE = re.compile(r'^reviewed_sha256 = "(?P<sum>[0-9a-f]*)"\n', re.M)


@dataclass(frozen=True)
class Review:
    """What a file says of its review, and whether that still holds for its text."""

    said: str
    holds: bool

    @property
    def standing(self) -> str:
        """What answers show: the review where it holds, else "unreviewed"."""
        return self.said if self.holds else UNREVIEWED

    @property
    def is_void(self) -> bool:
        """True where a review was given and the text was changed after it."""
        return self.said != UNREVIEWED and not self.holds


def read_review(raw: str, name: str = "The file") -> Review:
    """Read the review of a topic or card from its whole text.

    Raises:
        WrongFile: it has no line for its review, several, or one of another form.
    """
    lines = REVIEW_LINE.findall(raw)
    if len(lines) != 1:
        raise _wrong(name, f"has {len(lines)} lines 'review = \"...\"' in place of one")
    if lines[0] != UNREVIEWED and not STATED.fullmatch(lines[0]):
        rule = "neither 'unreviewed' nor 'reviewed by NAME, YYYY-MM-DD'"
        raise _wrong(name, f"has a review '{lines[0]}' that is {rule}")
    sums = SUM_LINE.findall(raw)
    holds = lines[0] != UNREVIEWED and sums == [sum_text(raw)]
    return Review(lines[0], holds)


def sum_text(raw: str) -> str:
    """Return the SHA-256 of a file's text without the lines of its review."""
    return hashlib.sha256(SUM_LINE.sub("", REVIEW_LINE.sub("", raw)).encode("utf-8")).hexdigest()


def sign(path: Path, name: str, day: date) -> str:
    """Write a review into a file as its text now stands; return the line that answers show.

    Raises:
        WrongUse: the name can't stand in the line.
        WrongFile: the file has no line for its review.
    """
    said = f"reviewed by {name.strip()}, {day.isoformat()}"
    if not STATED.fullmatch(said):
        raise WrongUse(
            "The reviewer's name is empty, or holds a comma, a quote or a line break.",
            'Give it as --by "Dr Ama Mensah".',
        )
    raw = path.read_text(encoding="utf-8")
    read_review(raw, path.name)
    lines = f'review = "{said}"\nreviewed_sha256 = "{sum_text(raw)}"\n'
    signed = REVIEW_LINE.sub(lambda _: lines, SUM_LINE.sub("", raw))
    part = path.with_name(path.name + ".part")
    part.write_text(signed, encoding="utf-8")
    part.replace(path)
    return said


def _wrong(name: str, why: str) -> WrongFile:
    return WrongFile(f"{name} {why}.", "See docs/handbook.md for the format.")
