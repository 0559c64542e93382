"""A passage, cut into the sentences that a claim may rest on.

What is covered: lines broken inside a sentence are joined; a list item carries the line that
leads into it ("Do not give:"), and a passage under a heading that forbids ("Contraindications")
carries that heading. What is not covered: the header row of a table.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from elara_local.grounding.sentences import parse
from elara_local.records import Evidence
from elara_local.text import sentence_spans

MARK = re.compile(r"\A(?:[-*+•‣▪◦●]|\(?\d{1,2}[.)]|\(?[a-z][.)]|#{1,6})\s+")
EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_`]|[*_`](?!\w)")
OPEN_END = re.compile(
    r"(?:,|\b(?:not|no|never|avoid|the|an?|of|or|and|for|to|in|with|without|unless|if|only|than|by"
    r"|under|over|per|must|should|may))$",
    re.I,
)
STOPPED = re.compile(r"[.!?:;]['\"”’)]*$")


@dataclass(frozen=True)
class Unit:
    """One sentence of a passage; `lead` is the line or heading that governs it, or ""."""

    text: str
    lead: str = ""

    @property
    def whole(self) -> str:
        """The sentence with the line that leads into it."""
        return f"{self.lead} {self.text}" if self.lead else self.text


def plain(text: str) -> str:
    """The text without list mark and emphasis, white space folded."""
    return MARK.sub("", " ".join(EMPHASIS.sub("", text).split()))


@lru_cache(maxsize=512)
def units_of(evidence: Evidence) -> tuple[Unit, ...]:
    """Cut a passage into its sentences, in order."""
    path = [part.strip(" :") for part in reversed(evidence.section.split("›"))]
    heading = next((part for part in path if part and _forbids(part)), "")
    top = f"{heading}:" if heading else ""
    units: list[Unit] = []
    lead = top
    for text, is_item, after_gap in _joined_lines(evidence.text):
        if not is_item and (after_gap or (units and lead and units[-1].lead == lead)):
            lead = top
        if words := plain(text):
            units.append(Unit(words, "" if lead == top and top and _forbids(words) else lead))
        if text.rstrip(" *_").endswith(":"):
            lead = f"{top} {plain(text)}".strip() if not is_item else lead or plain(text)
    return tuple(units)


def _forbids(text: str) -> bool:
    """True for words that say by themselves what not to do; no heading need say it again."""
    return any(cue.family == "prohibition" for cue in parse(text).whole.cues)


def _joined_lines(text: str) -> list[tuple[str, bool, bool]]:
    """Each sentence, whether a list mark opens it, whether a blank line stands before it."""
    found: list[tuple[str, bool, bool]] = []
    end = 0
    for start, stop in sentence_spans(text):
        sentence = text[start:stop]
        breaks = text[end:start].count("\n")
        is_item = MARK.match(sentence) is not None
        if found and breaks == 1 and not is_item and _goes_on(found[-1][0], sentence):
            before, was_item, gap = found[-1]
            found[-1] = (f"{before} {sentence}", was_item, gap)
        else:
            found.append((sentence, is_item, breaks > 1))
        end = stop
    return found


def _goes_on(line: str, following: str) -> bool:
    """True when a sentence runs on over the line break."""
    if STOPPED.search(line):
        return False
    first = following[:1]
    return first.islower() or first.isdigit() or bool(OPEN_END.search(line))
