"""Ways to make a true sentence false: each yields every sentence that one change gives.

One class of error each, as small as it can be, and none that means the same (1 g is never
turned into 1000 mg, nor "daily" into "once a day"). Pairs of words stand in
content/evaluation/mutations.toml; numbers are changed in `evaluation.altered_numbers`.
What is not covered: errors of two changes at once, false statements in quite other words.
This module knows no data set and does not check anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache

from elara_local.evaluation.altered_numbers import (
    change_basis,
    change_comparators,
    change_durations,
    change_numbers,
    change_ranges,
)
from elara_local.evaluation.deletions import delete_conditions, delete_parts
from elara_local.evaluation.swaps import ENDS, WHOLE, read_frequencies, read_pairs, replace_words
from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.wording import read_wording

LOOK_ALIKES = 2  # nearest names by letters, of which each differs in what it is
OTHER_DRUGS = ("paracetamol", "amoxicillin", "diazepam", "warfarin", "insulin")
NOT_ROUTES = (
    r"(?!\s+(?:rehydration|cavity|thrush|hygiene|cancer|contracepti\w+|health|mucosa|ulcer))"
)
AUXILIARY = re.compile(
    r"\b(?:is|are|was|were|has|have|had|can|could|should|must|may|might|will|would)\b(?! not)", re.I
)
ORDER = re.compile(r"^(?:Give|Start|Use|Refer|Repeat|Check|Stop|Apply|Keep|Treat|Measure|Ask)\b")
QUOTED_LEAST = 4  # words that a quotation needs before one of them can be altered


def _swap(
    kind: str, left: str = WHOLE, after: str = "", right: str = ENDS
) -> Callable[[str], Iterator[str]]:
    def change(text: str) -> Iterator[str]:
        for old, new in read_pairs(kind):
            yield from replace_words(text, old, new, left, after, right)

    return change


def _change_frequency(text: str) -> Iterator[str]:
    groups = read_frequencies()
    for n, group in enumerate(groups):
        name = next((name for name in group if next(replace_words(text, name, ""), "")), "")
        longer = [o for other in groups for o in other if len(o) > len(name) and name in o]
        if not name or any(o in text.lower() for o in longer):
            continue
        for step in (1, 3):
            yield from replace_words(text, name, groups[(n + step) % len(groups)][0])


def _change_drug(text: str) -> Iterator[str]:
    known = read_drugs()
    for name in _drugs_in(text):
        for other in (*_look_alikes(name), *OTHER_DRUGS):
            if known[other] != known[name] and name not in other and other not in name:
                yield from replace_words(text, name, other)


@lru_cache(maxsize=1)
def _names() -> re.Pattern[str]:
    names = sorted((n for n in read_drugs() if len(n) > 4), key=len, reverse=True)
    return re.compile(rf"(?<![\w/-])(?:{'|'.join(map(re.escape, names))})(?![\w/-])", re.IGNORECASE)


def _drugs_in(text: str) -> list[str]:
    return list(dict.fromkeys(found.group().lower() for found in _names().finditer(text)))


@lru_cache(maxsize=1024)
def _look_alikes(name: str) -> tuple[str, ...]:
    from rapidfuzz import process

    known = read_drugs()
    others = [n for n in known if known[n] != known[name] and " " not in n]
    return tuple(found[0] for found in process.extract(name, others, limit=LOOK_ALIKES))


def _negate(text: str) -> Iterator[str]:
    for old, new in read_pairs("negation_lost"):
        yield from replace_words(text, old, new, rf"(?<!whether or ){WHOLE}", r"(?! only)")
    for found in AUXILIARY.finditer(text):
        yield f"{text[: found.end()]} not{text[found.end() :]}"
    if ORDER.search(text):
        yield f"Do not {text[0].lower()}{text[1:]}"


def _alter_quotation(text: str) -> Iterator[str]:
    """The sentence in quotation marks with one word of it altered, dropped or said otherwise."""
    parts = text.split()
    if len(parts) < QUOTED_LEAST or '"' in text:
        return
    groups = read_wording().groups
    for n, word in enumerate(parts[:-1]):
        same = [o for o in groups if groups[o] == groups.get(word.lower()) and o != word.lower()]
        puts = [*same[:1], ""] if n else same[:1]  # without its first word it is still verbatim
        for put in puts if word.isalpha() and len(word) > 2 else ():
            altered = " ".join(w for w in (*parts[:n], put, *parts[n + 1 :]) if w)
            yield f'"{altered}"'


Change = Callable[[str], Iterator[str]]
CHANGES: Mapping[str, Change] = {
    "number": change_numbers,
    "unit": _swap("unit", left=r"(?:(?<=\d)|(?<=\d\s)|(?<=\d-))", right=r"(?!\w)"),
    "basis": change_basis,
    "frequency": _change_frequency,
    "duration": change_durations,
    "route": _swap("route", after=NOT_ROUTES),
    "range": change_ranges,
    "comparator": change_comparators,
    "drug": _change_drug,
    "population": _swap("population"),
    "negation": _negate,
    "modality": _swap("modality"),
    "condition": delete_conditions,
    "entity": _swap("entity"),
    "quotation": _alter_quotation,
    "deletion": delete_parts,
}
KINDS = tuple(CHANGES)


def mutations(kind: str, text: str) -> list[str]:
    """Return every sentence that one change of this class gives, each once."""
    same = " ".join(text.split()).casefold()
    found = (" ".join(made.split()) for made in CHANGES[kind](text))
    return [made for made in dict.fromkeys(found) if made.casefold() != same]
