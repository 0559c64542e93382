"""161,712 synthetic articles with planted duplicates, near-duplicates, twins and junk.

A twin is an article's copy that differs in one number, unit, medicine, group, route, sign or
negation: it must never be merged. A near copy differs in 2 % of its ordinary words (another
form, another plain word, another spelling), white space, capitals, commas, a copyright line.
The words are our own and wordfreq's; nothing here is true, and nothing is medicine.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wordfreq import top_n_list

from elara_local.grounding.drugs import read_drugs

LENGTH = 1030  # of a text before its last sentence; with the title 1,160 characters on average
EXACT, NEAR, TWIN, JUNK, OLDER = 0.05, 0.05, 0.01, 0.03, 0.005  # shares of all articles
CHANGED = 0.02  # share of words that a near copy changes
FORMS = [
    ("shows", "showed"), ("reports", "reported"), ("compares", "compared"), ("follows", "followed"),
    ("examines", "examined"), ("describes", "described"), ("receives", "received"),
    ("measures", "measured"), ("includes", "included"), ("supports", "supported"),
    ("requires", "required"), ("suggests", "suggested"), ("involves", "involved"),
    ("result", "results"), ("method", "methods"), ("finding", "findings"), ("article", "paper"),
    ("important", "relevant"), ("clearly", "carefully"), ("investigate", "explore"),
    ("however", "moreover"), ("therefore", "thus"), ("tumour", "tumor"), ("oedema", "edema"),
    ("anaemia", "anemia"), ("randomised", "randomized"), ("hospitalised", "hospitalized"),
    ("is", "was"), ("are", "were"), ("has", "had"), ("the", "this"), ("these", "those"),
]  # fmt: skip
SWAPS = dict(FORMS) | {other: one for one, other in FORMS}
TWINS = {
    "mg": "mcg", "daily": "weekly", "oral": "intravenous", "children": "adults", "not": "indeed",
    "two": "three", "increased": "decreased", "<": ">", "before": "after", "left": "right",
}  # fmt: skip
FRENCH = "le traitement de la malaria chez les enfants est donné par voie orale dans les cas sans "
END = " Copyright © 2021 The Authors. All rights reserved."


def make_articles(count: int, seed: int = 7) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Yield articles as JSON objects, with what each is ("near", ...) and of which id."""
    draw = random.Random(seed)
    words = _Words(draw)
    pool: list[dict[str, Any]] = []
    twins: dict[str, str] = {}
    for number in range(count):
        identifier = f"pmid:{10_000_000 + number}"
        chance = draw.random()
        original = draw.choice(pool) if pool else None
        kind = _kind_of(chance) if original else "new"
        article = _article(identifier, words, draw)
        if original and kind != "new":
            article |= _planted(kind, original, article, draw)
        if kind == "twin" and twins.setdefault(article["text"], identifier) != identifier:
            kind, original = "exact", {"id": twins[article["text"]]}  # the same twin once more
        if kind == "new" and len(pool) < 20_000:
            pool.append(article)
        yield article, kind, original["id"] if original and kind != "new" else ""


def write_articles(path: Path, count: int, seed: int = 7) -> dict[str, tuple[str, str]]:
    """Write them as JSONL; return id -> (kind, id of the original) of all that is planted."""
    truth: dict[str, tuple[str, str]] = {}
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for article, kind, original in make_articles(count, seed):
            file.write(json.dumps(article, ensure_ascii=False) + "\n")
            if kind != "new":
                truth[article["id"]] = (kind, original)
    return truth


class _Words:
    """Sentences of random words: half of them common, some that a near copy may change."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        known = [word for word in top_n_list("en", 9000, "small") if word.isalpha()]
        self._common, self._rare = known[:120], known[120:]
        self._forms = [word for pair in FORMS for word in pair]
        self._drugs = sorted(name for name in set(read_drugs().values()) if name.isalpha())

    def sentence(self) -> str:
        draw = self._draw
        words = draw.choices(self._common, k=7) + draw.choices(self._rare, k=9)
        words += draw.choices(self._forms, k=3)
        draw.shuffle(words)
        if draw.random() < 0.4:
            dose = f"{draw.choice(self._drugs)} {draw.randint(1, 900)} mg daily"
            words.insert(draw.randrange(len(words)), dose)
        if draw.random() < 0.08:
            sign = draw.choice(["p < 0.0", "± 1.", "≥ ", "about "])
            words.append(sign + str(draw.randint(1, 90)))
        text = " ".join(words)
        return text[0].upper() + text[1:] + "."


def _article(identifier: str, words: _Words, draw: random.Random) -> dict[str, Any]:
    wanted, sentences, length = draw.gauss(LENGTH, 250), [words.sentence()], 0
    while length < max(300, wanted - 60):
        sentences.append(words.sentence())
        length += len(sentences[-1]) + 1
    return {
        "id": identifier,
        "title": sentences[0][:-1],
        "text": " ".join(sentences[1:]),
        "date": f"{draw.randint(1990, 2025)}-{draw.randint(1, 12):02}",
        "licence": "CC BY 4.0",
        "source": "Synthetic articles",
        "language": "en",
    }


def _kind_of(chance: float) -> str:
    for kind, share in (
        ("exact", EXACT), ("near", NEAR), ("twin", TWIN), ("junk", JUNK), ("older", OLDER)
    ):  # fmt: skip
        if chance < share:
            return kind
        chance -= share
    return "new"


def _planted(
    kind: str, original: dict[str, Any], article: dict[str, Any], draw: random.Random
) -> dict[str, Any]:
    title, text = original["title"], original["text"]
    if kind == "exact":
        return {"title": title, "text": text.replace(". ", ".\u200b  ")}
    if kind == "near":
        return {"title": title, "text": vary(text, draw)}
    if kind == "twin":
        return {"title": title, "text": twist(text, draw)}
    if kind == "older":
        return {"id": original["id"], "version": 0, "date": "1980", "title": title}
    return draw.choice(
        [
            {"text": "No abstract available."},
            {"text": text[:30]},
            {"text": " ".join(str(draw.random()) for _ in range(60))},
            {"text": (text.split(". ")[0] + ". ") * 9},
            {"text": FRENCH * 9},
            {"licence": ""},
        ]
    )


def vary(text: str, draw: random.Random) -> str:
    """A near copy: says the same."""
    words = text.split(" ")
    places = [n for n, word in enumerate(words) if word in SWAPS]
    for n in draw.sample(places, min(len(places), max(1, round(CHANGED * len(words))))):
        words[n] = SWAPS[words[n]]
    varied = " ".join(words)
    changes = [str.strip, lambda s: s + END, lambda s: s.replace(" ", "  ", 5).replace(". ", ".\n")]
    changes.append(lambda s: s.replace(" therefore ", " therefore, ").replace(" thus ", " thus, "))
    return draw.choice(changes)(varied)


def twist(text: str, draw: random.Random) -> str:
    """A twin: differs in one thing that matters."""
    words = text.split(" ")
    places = [n for n, word in enumerate(words) if word in TWINS or word.isdigit()]
    drugs = [n for n, word in enumerate(words) if word in read_drugs()]
    if not places and not drugs:
        return text + " This was not so."
    place = draw.choice(places + drugs)
    word = words[place]
    if place in drugs:
        words[place] = "artesunate" if word != "artesunate" else "artemether"
    else:
        words[place] = TWINS.get(word, word + "0")
    return " ".join(words)
