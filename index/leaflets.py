"""From a medicine card to the topic-like document that is cut, searched and quoted.

The sentences of doses are made from the card's numbers; the others are taken word for word.
It knows neither embeddings nor index files.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from elara_local.cards import (
    CARD,
    LEAFLET,
    Card,
    Dose,
    dose_sentence,
    form_sentence,
    read_card,
    wrong_card,
)
from index.handbook import Bullet, Topic
from index.review import read_review

MEDICINES = "medicines"  # the folder of cards, inside that of the topics
SOURCES = "sources.toml"  # beside the topics
SPECIALTY = "medicines"
EVERYBODY = ("newborn", "child", "adolescent", "adult", "older adult", "pregnancy", "breastfeeding")


def read_leaflets(folder: Path) -> list[Topic]:
    """Read the medicine cards of a folder and turn each into a topic, by file name.

    Raises:
        WrongFile: a card breaks the format.
    """
    paths = sorted(folder.glob("*.toml"))
    known = read_sources(folder.parent / SOURCES) if paths else {}
    return [make_leaflet(read_card(path), path, known) for path in paths]


def read_sources(path: Path) -> dict[str, str]:
    """Read the sources that all cards share: key to "name, publisher, year".

    Raises:
        WrongFile: the file is missing or is not valid.
    """
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise wrong_card(path.name, str(error)) from error
    return {key: f"{s['name']}, {s['publisher']}, {s['year']}" for key, s in listed.items()}


def make_leaflet(card: Card, path: Path, known: Mapping[str, str]) -> Topic:
    """Return the card as a topic with one section for each thing a clinician looks up.

    Raises:
        WrongFile: a source is named that is not one of the `known` ones.
    """
    raw = path.read_bytes()
    sections = tuple((heading, bullets) for heading, bullets in _sections(card) if bullets)
    used = {key: "" for _, bullets in sections for bullet in bullets for key in bullet.keys}
    if strangers := set(used) - set(known):
        raise wrong_card(path.name, f"source '{min(strangers)}' is not listed in {SOURCES}")
    sources = {key: known[key] for key in used}
    return Topic(
        id=LEAFLET + card.id,
        title=f"{card.title}{CARD}",
        specialty=SPECIALTY,
        populations=EVERYBODY,
        keywords=(card.name, *card.other_names, card.drug_class, *card.keywords),
        abbreviations={},
        names=card.names,
        edition=card.edition,
        review=read_review(raw.decode("utf-8"), path.name).standing,
        sources=sources,
        sections=sections,
        sha256=hashlib.sha256(raw).hexdigest(),
    )


def _sections(card: Card) -> list[tuple[str, tuple[Bullet, ...]]]:
    children = [dose for dose in card.doses if dose.is_for_children]
    others = [dose for dose in card.doses if not dose.is_for_children]
    forms = tuple(Bullet(form_sentence(card, form), form.sources) for form in card.forms)
    both = (card.pregnancy, card.breastfeeding)
    return [
        ("Use", _said(card.uses)),
        ("Dose for adults", _doses(card, others)),
        ("Dose for children", _doses(card, children)),
        ("Limits of age and weight", _said(card.limits)),
        ("Kidney and liver", _said((*card.renal, *card.hepatic))),
        ("Pregnancy and breastfeeding", _said(both)),
        ("Do not give", _said(card.contraindications)),
        ("Interactions", _said(card.interactions)),
        ("Unwanted effects", _said(card.adverse)),
        ("Overdose and antidote", _said(card.antidote)),
        ("Forms", forms),
    ]


def _said(statements: Iterable[object]) -> tuple[Bullet, ...]:
    return tuple(Bullet(s.text, s.sources) for s in statements)  # type: ignore[attr-defined]


def _doses(card: Card, doses: Iterable[Dose]) -> tuple[Bullet, ...]:
    return tuple(Bullet(dose_sentence(card, dose), dose.sources) for dose in doses)
