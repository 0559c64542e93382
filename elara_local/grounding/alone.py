"""What a sentence lacks that must not be read alone, and which headings it needs beside it.

What is covered: lines that lead into a list, words that point elsewhere ("as above"), marks of
footnotes, numbers that were misread ("l0 mg", "O.5 mg"), rows without the heads of their table.
For a dose or a prohibition of a document that is not the handbook: the headings that say of
which medicine, for whom, and in what case. The handbook's sentences are written to stand
alone. What is not covered: a qualification in another sentence without a mark.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from elara_local.grounding.sentences import Clause, parse
from elara_local.grounding.wording import plain_form
from elara_local.records import Evidence

JOINT = "›"  # between the headings of a path (index/slices.py)
COLUMNS = " | "  # between the heads of a table
ROWS = "Table"  # the heading of rows whose table has neither caption nor heads
POINTS = re.compile(
    r"\b(?:(?:as|see|same as|like) (?:above|below|before|overleaf)(?!\s*\d)|above (?:dose|drug"
    r"|regimen|schedule)|the (?:former|latter)|ditto|idem|ci-dess(?:us|ous)"
    r"|(?:ver|vide) (?:arriba|abajo|acima|abaixo)|(?:half|third|quarter|double|twice) (?:of )?"
    r"(?:that|this|it))\b|^\W*(?:yes|no|oui|non|s[íi]|sim|não)\s*(?:[:=→>–]|-+>?\s)",
    re.IGNORECASE,
)
PART = re.compile(r"half|third|quarter|double|twice", re.IGNORECASE)
TOLD = re.compile(r"\d\s?(?:mg|g|mL|micrograms|units|mmol|L)\b")
ASKS, POINTS_AWAY, FOOTNOTE = "it asks", "it points to another place", "it has a footnote"
REPEATABLE = frozenset({ASKS, POINTS_AWAY, FOOTNOTE})
SET_ASIDE = re.compile(
    r"\b(?:errors?|mistakes?|incidents?|wrong|incorrect|superseded|old (?:doses?|regimens?)"
    r"|old protocol|former(?:ly)?|case (?:report|study|history)|quiz|example of|vignette)\b",
    re.IGNORECASE,
)
NOTED = re.compile(
    r"[\w%)][*†‡§¶](?!\w)|[*†‡§¶]\s*$|[a-zA-Z%)][⁰¹⁴-⁹]|\d\s?[†‡§]|[\w)]\^[a-z](?!\w)"
    r"|(?:mg|ml|mcg|[^k]g|daily|dose)\^\d"
)
EMPHASISED = re.compile(r"(?<!\w)(\*{1,2})(?=\S)([^*]+)(?<=\S)\1(?!\w)")
MISREAD = re.compile(
    r"(?<!\w)(?:[lI|]O*\d[\dO]*|[OlIS][.,]\d|[\d.,]*\d[OI][\d.,]*(?:[mk]?[gl])?"
    r"|\d+l\d+|l (?:mg|ml|g))(?![A-Za-z])",
    re.ASCII,
)
GENERAL = frozenset(
    plain_form(word)
    for word in "dose dosage dosing treatment management medicine drug regimen table general "
    "introduction overview note text page chapter section administration route procedure protocol "
    "guideline".split()
)
DOSING = frozenset(map(plain_form, "dose dosage halve half double tablet drops maximum".split()))
ROW = re.compile(r"[^:;]+: [^;]+(?:; [^:;]+: [^;]+)+$")
REFERS = re.compile(r"\W*(?:its?|they|their|this|these|that|those|the (?:drug|dose))\b", re.I)


def _points(text: str) -> bool:
    """True for words that point elsewhere; "half of it" after an amount points at that amount."""
    return any(
        not (PART.match(found.group()) and TOLD.search(text[: found.start()]))
        for found in POINTS.finditer(text)
    )


def fault_alone(text: str) -> str:
    """Return why a sentence can't be read alone, in plain words; "" where nothing is seen."""
    if text.rstrip(" *_").endswith(":"):
        return "it only leads into a list"
    if text.rstrip(" *_").endswith("?"):
        return ASKS
    if _points(text):
        return POINTS_AWAY
    if NOTED.search(EMPHASISED.sub(r"\2", text)):
        return FOOTNOTE
    return "a number in it may have been misread" if MISREAD.search(text) else ""


def may_be_repeated(text: str, fault: str) -> bool:
    """True where a sentence with this fault may still be shown word for word: it tells no dose."""
    said = parse(text).whole
    doses = any(q.is_dose for q in said.quantities) or said.values("frequency")
    named = any(item.value in DOSING for item in said.items)
    return fault in REPEATABLE and not doses and not named


def fault_of_section(section: str) -> str:
    """Return why nothing under these headings is advice, "" where it may be."""
    return (
        "it stands under a heading of what was or went wrong" if SET_ASIDE.search(section) else ""
    )


def are_rows(section: str) -> bool:
    """True where the last heading is that of a table's rows."""
    last = section.rpartition(JOINT)[2].strip()
    return last == ROWS or COLUMNS in last


def is_named_row(text: str) -> bool:
    """True for a row that says of each cell what it is: "Weight: 10 kg; Dose: 30 mg"."""
    return all(": " in cell for cell in text.split("; "))


def needed_headings(evidence: Evidence, text: str) -> str:
    """Return the headings without which a dose or prohibition is not understood, as "A › B".

    "" for the handbook, and where the sentence says it all itself.
    """
    said = parse(text).whole
    tells = _tells(said) or REFERS.match(text) or ROW.match(text)
    if evidence.shelf in ("", "handbook") or not tells:
        return ""
    parts = [part.strip(" :") for part in (evidence.title, *evidence.section.split(JOINT))]
    parts = [part for part in parts if part and part != ROWS and COLUMNS not in part]
    needed = {n for kind in ("drug", "population") for n in _nearest(parts, said, kind)}
    needed |= {n for n, part in enumerate(parts) if n and _narrows(parse(part).whole, said)}
    plain = [n for n, part in enumerate(parts) if _topic(parse(part).whole) - GENERAL]
    led = any(f"{part}: " in text for part in parts)
    if plain and not led and not _topic(parse(parts[plain[-1]]).whole) - GENERAL <= _topic(said):
        needed.add(plain[-1])
    return f" {JOINT} ".join(part for n, part in enumerate(parts) if n in needed)


def _tells(said: Clause) -> bool:
    """True for a dose, what is said of one, or a prohibition."""
    cues = any(cue.family in ("prohibition", "negation") for cue in said.cues)
    doses = any(quantity.is_dose for quantity in said.quantities) or said.words & DOSING
    return cues or bool(doses or said.values("frequency"))


def _nearest(parts: Sequence[str], said: Clause, kind: str) -> list[int]:
    """The nearest heading that names a medicine or group, where the sentence names none."""
    named = [n for n, part in enumerate(parts) if parse(part).whole.values(kind)]
    return named[-1:] if named and not said.values(kind) else []


def _narrows(heading: Clause, said: Clause) -> bool:
    """True for a heading with an age, a weight or a condition that the sentence does not tell."""
    theirs = {(q.low, q.high, q.dimension) for q in said.quantities}
    limits = {(q.low, q.high, q.dimension) for q in heading.quantities if q.is_limit}
    cues = {(cue.family, cue.label) for cue in heading.cues}
    return not limits <= theirs or not cues <= {(cue.family, cue.label) for cue in said.cues}


def _topic(clause: Clause) -> frozenset[str]:
    """Words, medicines and groups, in plain form."""
    values = clause.values("drug") | clause.values("population")
    return clause.words | frozenset(map(str, values))
