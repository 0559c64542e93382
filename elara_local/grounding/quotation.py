"""Is a sentence the source's own words, and enough of them?

What is covered: a whole sentence of the source, or whole clauses of one where the rest of
that sentence holds no number, drug, group, condition, negation or hedging word that the cut
would drop. What is not covered: a cut that this module refuses may still be supported by
alignment.py, which looks at what was dropped. Words that a claim puts in quotation marks must
stand so in a cited passage, whatever else the claim says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from elara_local.grounding.sentences import Clause, parse
from elara_local.grounding.source import Unit, forbids, plain
from elara_local.grounding.wording import read_wording
from elara_local.records import Evidence

EDGES = " .;,:\"'“”‘’"
LEFT_OPEN = re.compile(r"(?:^|[;:,.(]\s*(?:and|but|or|then)?|\s(?:and|but|then))\s*$", re.I)
RIGHT_OPEN = re.compile(r"\s*(?:$|[;:,.)]|(?:and|but|then)\b)", re.I)
FEWEST_WORDS = 2
# Between a pair of quotation marks, or from one that is never closed; not 5" for five inches.
MARKED = re.compile(r"“([^“”]*)(?:”|$)|«([^«»]*)(?:»|$)|(?<![\d\w])\"([^\"]*)(?:\"|$)")


def is_quoted(claim: str, unit: Unit) -> bool:
    """True when the claim stands in the sentence word for word and nothing is lost with the rest.

    Case may differ in the first letter only; white space, list marks, emphasis and the final
    stop do not count.
    """
    words, text = plain(claim).strip(EDGES), unit.text.strip(EDGES)
    if len(words.split()) < FEWEST_WORDS or _governs(unit.lead):
        return _same(words, unit.whole.strip(EDGES)) and len(words.split()) >= FEWEST_WORDS
    if _same(words, text) or _same(words, unit.whole.strip(EDGES)):
        return True
    start = text.find(words) if words in text else text.find(words[0].swapcase() + words[1:])
    if start < 0:
        return False
    before, after = text[:start], text[start + len(words) :]
    if not (LEFT_OPEN.search(before) and RIGHT_OPEN.match(after)):
        return False
    if not _is_whole(text, start, start + len(words)):
        return False
    return not _matters(parse(f"{before} … {after}").whole)


def misquotation_in(text: str, cited: Sequence[Evidence]) -> str:
    """The first words in quotation marks that no cited passage holds word for word, or "".

    Case, white space, emphasis and the marks themselves do not count.
    """
    marked = [next(filter(None, found.groups()), "") for found in MARKED.finditer(text)]
    if not marked:
        return ""
    passages = [f" {_bare(part)} " for e in cited for part in (e.text, e.title, e.section)]
    for words in marked:
        if _bare(words) and not any(f" {_bare(words)} " in passage for passage in passages):
            return words.strip()
    return ""


def _bare(text: str) -> str:
    """Words, numbers and signs without quotation marks and sentence stops, one space between."""
    kept = re.sub(r"[\"“”«»*_`]", "", text.replace("’", "'").casefold())
    parts = (part.strip(".,;:!?'()[]") for part in kept.split())
    return " ".join(part for part in parts if part)


def _is_whole(text: str, start: int, end: int) -> bool:
    """True when the cut takes whole clauses, so that no item of a list is lost."""
    inside = [
        {start <= item.start < end for item in clause.items if item.kind != "break"}
        for clause in parse(text).clauses
    ]
    lead = parse(text).lead.items
    return all(len(sides) == 1 for sides in inside) and all(start <= i.start for i in lead)


def _same(words: str, text: str) -> bool:
    return words[1:] == text[1:] and words[:1].casefold() == text[:1].casefold()


def _governs(lead: str) -> bool:
    """True when the line that leads into a list item changes what the item says."""
    if not lead:
        return False
    whole = parse(lead).whole
    limits = any(quantity.is_limit for quantity in whole.quantities)
    return bool(whole.cues or whole.values("population")) or limits or forbids(lead)


def _matters(rest: Clause) -> bool:
    lists = read_wording()
    return bool(rest.facts or rest.cues or rest.words & (lists.qualifiers | lists.narrowing))
