"""A passage, cut into the sentences that a claim may rest on.

What is covered: lines broken inside a sentence are joined; a list item carries the line that
leads into it ("Do not give:"), and a passage under a heading that forbids ("Contraindications",
"Contre-indications") carries that heading. A sentence that can't be read alone, such as a row
without the heads of its table, supports nothing. What is not covered: headings that forbid in
words not listed here, or in other languages than English, French, Spanish, Portuguese, Swahili.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from elara_local.grounding.alone import are_rows, fault_alone, fault_of_section, is_named_row
from elara_local.grounding.sentences import FINITE, parse
from elara_local.grounding.wording import WORD, plain_form, read_wording
from elara_local.records import Evidence
from elara_local.text import sentence_spans

MARK = re.compile(r"\A(?:[-*+•‣▪◦●]|\(?\d{1,2}[.)]|\(?[a-z][.)]|#{1,6})\s+")
EMPHASIS = re.compile(r"\*\*|__|(?<!\w)[*_`]|[*_`](?!\w)")
# A reference in a paper: "early in life [33].", "skills [1, 4-6]."; not a range "[0.2-0.5]".
REFERENCE = re.compile(r"\s?\[\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\](?=[\s.,;:)]|$)")
OPEN_END = re.compile(
    r"(?:,|\b(?:not|no|never|avoid|the|an?|of|or|and|for|to|in|with|without|unless|if|only|than|by"
    r"|under|over|per|must|should|may))$",
    re.I,
)
LONGEST_LABEL = 4  # words of a line of a list that names what the lines below it are for
ORDERED = re.compile(r"[:;,] (?:advise|review|refer|use|give|stop)\b")
STOPPED = re.compile(r"[.!?:;]['\"”’)]*$")
# What forbids in a heading or a lead and is no cue (grounding/negation.py).
FORBIDDING = re.compile(
    r"\bnot (?:for|to be|given|used?)\b|\b(?:do|does) not\b|\b(?:do|does|ca)n['’]t\b|\bcannot\b"
    r"|\bdon['’]?ts\b|\bdo nots\b|\bwithhold|\bstop (?:if|in|when)\b|\bexclu(?:de|sion)"
    r"|\b(?:unsafe|banned|withdrawn|obsolete|no longer)\b"
    r"|\bcontr[ea]-? ?ind\w+|\bne (?:\w+ ){0,2}(?:pas|jamais)\b|\béviter\b"
    r"|\b(?:interdit|déconseill)|\b(?:no|não|nunca|evitar|evite) "
    r"(?:administr|dar|usar|utiliz|de[bv]e|se de[bv]e)"
    r"|\bpro[hi]{1,2}bid|\busi(?:mpe|tumi|pewe|toe)|\bhairuhusiwi\b|\bmarufuku\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Unit:
    """One sentence of a passage; `lead` is the line or heading that governs it, or "".

    `fault` says why nothing may rest on it alone, "" where something may.
    """

    text: str
    lead: str = ""
    fault: str = ""

    @property
    def whole(self) -> str:
        """The sentence with the line that leads into it."""
        return f"{self.lead} {self.text}" if self.lead else self.text


def plain(text: str) -> str:
    """The text without list mark, emphasis and numbers of references, white space folded."""
    return MARK.sub("", " ".join(EMPHASIS.sub("", REFERENCE.sub("", text)).split()))


@lru_cache(maxsize=512)
def units_of(evidence: Evidence) -> tuple[Unit, ...]:
    """Cut a passage into its sentences, in order."""
    top, listed = _lead_of(evidence.section)
    rows, set_aside = are_rows(evidence.section), fault_of_section(evidence.section)
    units: list[Unit] = []
    lead, label = top, ""
    heads = {part.strip(" :") for part in evidence.section.split("›")} - {""}
    joins = evidence.shelf in ("", "handbook")  # of other documents each line is a whole block
    for text, is_item, after_gap in _joined_lines(evidence.text, joins):
        words = plain(text)
        if words.strip(" :") in heads:
            units.append(Unit(words, "", "it is only a heading or leads into a list"))
            continue
        if not is_item and (after_gap or (units and lead and _ends_list(units[-1], lead, words))):
            lead = top
        if words:
            said = top and not listed and lead == top and _stands_alone(words, evidence.shelf)
            label = _label_of(words, label, joins)
            own = "" if said else f"{lead} {label}:".strip() if label and label != words else lead
            fault = fault_alone(text) or _fault_in_place(words, own, rows) or set_aside
            units.append(Unit(words, own, fault))
        if text.rstrip(" *_").endswith(":"):
            lead = f"{top} {words}".strip() if not is_item else lead or words
    return tuple(units)


def _label_of(words: str, label: str, joins: bool) -> str:
    """The bare line ("Child") over lines that tell an amount and not of what; "" for others."""
    if joins:
        return ""
    if len(words.split()) <= LONGEST_LABEL and not re.search(r"[\d.:;!?]", words):
        return words
    said = parse(words).whole
    amount = any(q.is_dose for q in said.quantities) and not said.values("drug")
    return label if amount and not words.rstrip().endswith(":") else ""


def _fault_in_place(words: str, lead: str, rows: bool) -> str:
    """Why a sentence can't be read alone where it stands, "" where it can."""
    if rows and not is_named_row(words):
        return "a row without the heads of its table"
    orders = lead and forbids(lead) and _first_word(words) in read_wording().orders
    return "an order under a line that forbids" if orders else ""


def forbids(lead: str) -> bool:
    """True for a heading or lead that says what not to do."""
    return bool(FORBIDDING.search(lead)) or _forbids(lead)


def _lead_of(section: str) -> tuple[str, str]:
    """What governs a whole passage: a forbidding heading and the lead of its list; that lead."""
    parts = [part.strip() for part in section.split("›")]
    listed = parts[-1].strip(" :") if parts[-1].endswith(":") else ""
    heads = [part.strip(" :") for part in reversed(parts)]
    heading = next((part for part in heads if part and forbids(part)), "")
    return " ".join(f"{part}:" for part in dict.fromkeys((heading, listed)) if part), listed


def _stands_alone(words: str, shelf: str) -> bool:
    """True where a sentence needs no heading that forbids; the handbook's whole ones never do."""
    return _forbids(words) or (shelf == "handbook" and _is_whole(words))


def _is_whole(words: str) -> bool:
    """True for a sentence with its verb; the handbook's say themselves what not to do."""
    return bool(FINITE.search(words.casefold())) or bool(
        ORDERED.search(words.casefold()) or _first_word(words) in read_wording().orders - {"avoid"}
    )


def _ends_list(last: Unit, lead: str, words: str) -> bool:
    """True when a line without a mark is no further item: after a sentence, or one itself."""
    if last.lead != lead:
        return False
    whole = FINITE.search(words.casefold()) is not None
    return whole or _first_word(words) in read_wording().orders or not forbids(lead)


def _first_word(words: str) -> str:
    return next((plain_form(word) for word in WORD.findall(words.casefold())), "")


def _forbids(text: str) -> bool:
    """True for words that say by themselves what not to do; no heading need say it again."""
    return any(cue.family == "prohibition" for cue in parse(text).whole.cues)


def _joined_lines(text: str, joins: bool) -> list[tuple[str, bool, bool]]:
    """Each sentence, whether a list mark opens it, whether a blank line stands before it."""
    found: list[tuple[str, bool, bool]] = []
    end = 0
    for start, stop in sentence_spans(text):
        sentence = text[start:stop]
        breaks = text[end:start].count("\n")
        is_item = MARK.match(sentence) is not None
        if joins and found and breaks == 1 and not is_item and _goes_on(found[-1][0], sentence):
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
