"""A sentence from which one part was left out that it does not hold without.

What is covered: conditions ("if ...", "unless ...", "only"), facts, negations and hedging words
one by one, phrases that a preposition opens; not what the sentence says twice, nor "in patients"
and the like. What is not covered: whole clauses after a semicolon, which another sentence
could say. It uses the reader of the grounding check to find
facts, so a fact that the reader can't see is not deleted either; the phrases need no reader.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from elara_local.evaluation.swaps import read_pairs, replace_words
from elara_local.grounding.items import FACTS
from elara_local.grounding.sentences import parse
from elara_local.grounding.wording import plain_form, read_wording

CONDITION = re.compile(
    r",?\s(?:but\s|and\s)?(?:only\s)?"
    r"(?:if|unless|when|until|except|provided|as long as|in case of)\s[^,.;:()]*",
    re.IGNORECASE,
)
LEADING = re.compile(r"^(?:If|Unless|When|In case of|Until)\s[^,.;:]*,\s*(\w)")
PHRASE = re.compile(
    r"\s(?:in|with|for|after|before|during|within|over|by|until|from|under|without|among|at|between)\s"
    r"[^,.;:()]+?(?=\s(?:and|or|in|with|for|after|before|during|within|over|by|to|from|is|are|was|were|has|have"
    r"|may|should|must|can|that|which)\s|[,.;:()]|$)"
)
LEAST_LEFT = 3  # words that a sentence keeps
BARE = re.compile(
    r"\s(?:\w+\s)?(?:her|him|them|us|me|it|this|that|these|addition|general|fact|order)$", re.I
)


def delete_conditions(text: str) -> Iterator[str]:
    """A condition left out, or "only" and the like, or turned round."""
    for found in CONDITION.finditer(text):
        if found.start() and not re.search(r"\b(?:not|even|or|whether)$", text[: found.start()]):
            yield from _left(text[: found.start()] + text[found.end() :])
    if leading := LEADING.search(text):
        yield from _left(leading.group(1).upper() + text[leading.end() :])
    for old, new in read_pairs("condition"):
        yield from replace_words(text, old, new, r"(?<!not )(?<!even )(?<!even)(?<![\w/-])")


def delete_parts(text: str) -> Iterator[str]:
    """A fact, a negation, a hedging or narrowing word, or a phrase left out."""
    lists = read_wording()
    narrow = lists.narrowing | lists.qualifiers
    items = parse(text).items
    told = Counter(item.key for item in items)
    for item in items:
        if told[item.key] > 1:
            continue  # what is left says it again
        fact = item.kind in FACTS or (item.kind == "cue" and item.text.lower() != "not")
        if fact or (item.kind == "word" and plain_form(item.text.lower()) in narrow):
            yield from _left(text[: item.start] + text[item.end :])
    for found in PHRASE.finditer(text):
        said = parse(found.group().strip()).whole
        if not BARE.match(found.group()) and (said.words or said.facts or said.cues):
            yield from _left(text[: found.start()] + text[found.end() :])


def _left(text: str) -> Iterator[str]:
    folded = re.sub(r"\s+([,.;:])", r"\1", " ".join(text.split()))
    if len(folded.split()) >= LEAST_LEFT:
        yield folded
