"""What a question asked in another language means in English, by the names in the documents found.

What is covered: a name, in any language, that a document lists among its words to be found by,
where that document was found; what it means is the document's English title. The best document
that lists a name gives its meaning. What is not covered: medicines (they are known by their
names), names that no document lists, and documents that were not found. It knows words, no index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from elara_local.cards import CARD
from elara_local.classes import plain_words
from elara_local.medicines import medicines_in
from elara_local.screening.function_words import likely_languages
from elara_local.synonyms import Expansion
from elara_local.text import WORD

KIND = "title"
SHORTEST = 4  # letters of a name: shorter ones are abbreviations, and mean several things
ELIDED = re.compile(r"^(?:[ldsnjct]|qu)['’](?=\w)", re.IGNORECASE)  # "l'éclampsie"


def read_names(question: str, documents: Iterable[tuple[str, str]]) -> list[Expansion]:
    """Return what the names in a question mean; none for a question in English.

    Args:
        question: as it was read.
        documents: (title, keywords joined by "; ") of those found, best first.
    """
    if "en" in likely_languages(question):
        return []
    found = list(WORD.finditer(question))
    spans = [(f.start() + len(_elision(f.group())), f.end()) for f in found]
    plain = [" ".join(plain_words(question[a:b])) for a, b in spans]
    means = _read_names(documents)
    expansions: dict[str, Expansion] = {}
    place = 0
    while place < len(plain):
        ends = range(len(plain), place, -1)
        end = next((e for e in ends if " ".join(plain[place:e]) in means), place)
        if end > place:
            said = question[spans[place][0] : spans[end - 1][1]]
            title = means[" ".join(plain[place:end])]
            expansions.setdefault(title, Expansion(title, KIND, said, title))
        place = max(end, place + 1)
    return list(expansions.values())


def _elision(word: str) -> str:
    found = ELIDED.match(word)
    return found.group() if found else ""


def _read_names(documents: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Map each name, in plain words, to the title of the first document that lists it."""
    means: dict[str, str] = {}
    for title, keywords in documents:
        if title.endswith(CARD):
            continue
        english = set(plain_words(title))
        for name in keywords.split("; "):
            told = plain_words(name)
            if set(told) <= english or len("".join(told)) < SHORTEST or medicines_in(told):
                continue
            means.setdefault(" ".join(told), title)
    return means
