"""Medicine cards: what a medicine is given for, how much, to whom, and what to watch.

A card is one TOML file of `index/handbook/medicines/`. Its doses are the one truth: the prose
that a reader sees is made from them here, the handbook's topics are compared with them, and
the names on it are the names that the grounding check knows.
What is checked on reading: every field is there and of its type, every amount is one quantity
with a unit, every age and weight a limit with a unit. Whether a dose is *right* is not; a
clinician's review is what says so. It knows no index and no topic.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from elara_local.errors import WrongFile
from elara_local.grounding.quantities import Quantity
from elara_local.grounding.sentences import parse
from elara_local.settings import HANDBOOK

Route = Literal[
    "PO", "NG", "SL", "BUCCAL", "IV", "IM", "IO", "SC", "ID", "IN", "INH", "NEB", "PR", "PV", "TOP",
    "EYE", "EAR", "LOCAL", "SPINAL",
]  # fmt: skip
# How each route is written in a sentence.
ROUTES: dict[Route, str] = {
    "PO": "by mouth",
    "NG": "by nasogastric tube",
    "SL": "under the tongue",
    "BUCCAL": "buccally",
    "IV": "intravenously",
    "IM": "intramuscularly",
    "IO": "intraosseously",
    "SC": "subcutaneously",
    "ID": "intradermally",
    "IN": "intranasally",
    "INH": "by inhalation",
    "NEB": "by nebuliser",
    "PR": "rectally",
    "PV": "vaginally",
    "TOP": "to the skin",
    "EYE": "into the eye",
    "EAR": "into the ear",
    "LOCAL": "by local infiltration",
    "SPINAL": "by spinal injection",
}
Advised = Literal["contraindicated", "avoid", "caution", "compatible"]
CARD = ": medicine card"  # ends the title of a card, behind the name of the medicine
STORED = HANDBOOK / "medicines"
STRICT = {"extra": "forbid"}
LEAFLET = "medicine-"  # begins the id of a card's document: a topic may have the same name


@dataclass(frozen=True)
class Statement:
    """One sentence that names the medicine, and the keys of the sources behind it."""

    text: str
    sources: tuple[str, ...]
    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Advice:
    """What holds in pregnancy or while breastfeeding."""

    advice: Advised
    text: str
    sources: tuple[str, ...]
    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Interaction:
    """What happens with other medicines, by their WHO names or a class."""

    drugs: tuple[str, ...]
    text: str
    sources: tuple[str, ...]
    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Form:
    """A formulation and its strengths."""

    form: str
    strengths: tuple[str, ...]
    sources: tuple[str, ...]
    __pydantic_config__ = STRICT


@dataclass(frozen=True)
class Dose:
    """One dose for one indication and one group of people.

    `amount` is one quantity ("5 mg/kg", "1 to 2 tablets", "25 mg/kg per day"), "" where
    `apply` says in words what is put on. `age` and `weight` are (from, below), "" where open.
    `step` says which of several it is ("loading dose"). `no_max` says why a dose by weight
    has no maximum. `note` follows after a semicolon.
    """

    indication: str
    who: str
    routes: tuple[Route, ...]
    frequency: str
    sources: tuple[str, ...]
    amount: str = ""
    apply: str = ""
    form: str = ""
    age: tuple[str, str] = ("", "")
    weight: tuple[str, str] = ("", "")
    step: str = ""
    duration: str = ""
    max_dose: str = ""
    max_day: str = ""
    no_max: str = ""
    note: str = ""
    __pydantic_config__ = STRICT

    @property
    def quantity(self) -> Quantity | None:
        """The amount as the grounding check reads it; None where nothing is measured."""
        return read_quantity(self.amount) if self.amount else None

    @property
    def is_for_children(self) -> bool:
        """True for a dose of newborns, infants, children or adolescents."""
        words = self.who.casefold()
        return any(w in words for w in ("child", "infant", "newborn", "adolescent", "preterm"))


@dataclass(frozen=True)
class Card:
    """One medicine. `names` maps a language to what the medicine is called there.

    `review` is what the file says; whether it still holds, index.review tells.
    """

    id: str
    name: str
    drug_class: str
    keywords: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    edition: str
    review: str
    forms: tuple[Form, ...]
    doses: tuple[Dose, ...]
    uses: tuple[Statement, ...]
    limits: tuple[Statement, ...]
    renal: tuple[Statement, ...]
    hepatic: tuple[Statement, ...]
    pregnancy: Advice
    breastfeeding: Advice
    contraindications: tuple[Statement, ...]
    interactions: tuple[Interaction, ...]
    adverse: tuple[Statement, ...]
    antidote: tuple[Statement, ...]
    other_names: tuple[str, ...] = ()
    reviewed_sha256: str = ""
    __pydantic_config__ = STRICT

    @property
    def title(self) -> str:
        """The name as a sentence begins with it."""
        return self.name[:1].upper() + self.name[1:]

    @property
    def statements(self) -> tuple[Statement | Advice | Interaction, ...]:
        """Every sentence that is written by hand."""
        lists: Iterable[tuple[Statement | Interaction, ...]] = (
            self.uses,
            self.limits,
            self.renal,
            self.hepatic,
            self.contraindications,
            self.interactions,
            self.adverse,
            self.antidote,
        )
        return (self.pregnancy, self.breastfeeding, *(s for group in lists for s in group))


def read_cards(folder: Path) -> list[Card]:
    """Read every card of a folder, by file name.

    Raises:
        WrongFile: a card breaks the format; the message names the file and the field.
    """
    return [read_card(path) for path in sorted(folder.glob("*.toml"))]


def read_card(path: Path) -> Card:
    """Read one card.

    Raises:
        WrongFile: it can't be read, lacks a field or has one that no card has.
    """
    from pydantic import ValidationError

    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        card: Card = _adapter().validate_python({"id": path.stem, **raw})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise wrong_card(path.name, f"'{where}': {first['msg']}") from error
    except (OSError, ValueError) as error:
        raise wrong_card(path.name, str(error)) from error
    for dose in card.doses:
        for text in filter(None, (dose.amount, dose.max_dose, dose.max_day, *dose.weight)):
            read_quantity(text, path.name)
    return card


@lru_cache(maxsize=512)
def read_stored(document: str) -> Card:
    """Return the card of an indexed document.

    Raises:
        WrongFile: it is not there or breaks the format.
    """
    return read_card(STORED / f"{document.removeprefix(LEAFLET)}.toml")


def is_stored(name: str) -> bool:
    """True when there is a card of this file name in the handbook."""
    return (STORED / f"{name}.toml").is_file()


def wrong_card(name: str, why: str) -> WrongFile:
    """The error of a card that breaks the format."""
    return WrongFile(f"{name}: {why}.", "See docs/handbook.md for the format of a card.")


@lru_cache(maxsize=4096)
def read_quantity(text: str, file: str = "a card") -> Quantity:
    """Return the one quantity that a text says.

    Raises:
        WrongFile: it says none, several, or more than a quantity.
    """
    items = parse(text).items
    if len(items) == 1 and isinstance(items[0].value, Quantity) and items[0].value.dimension:
        return items[0].value
    raise wrong_card(file, f"'{text}' is not one amount with a unit")


@lru_cache(maxsize=1)
def _adapter() -> Any:
    from pydantic import TypeAdapter

    return TypeAdapter(Card)


def dose_sentence(card: Card, dose: Dose) -> str:
    """Return the one sentence that says a dose, whole enough to be quoted alone."""
    amount = dose.apply or dose.amount
    parts = [dose.step, amount, f"of {dose.form}" if dose.form else "", join_routes(dose.routes)]
    parts += [dose.frequency, dose.duration]
    said = " ".join(part for part in parts if part)
    if dose.max_dose and dose.max_dose != dose.amount:
        said += f", maximum {dose.max_dose} per dose"
    if dose.max_day:
        said += f", maximum {dose.max_day} per day"
    if dose.note:
        said += f"; {dose.note}"
    return f"{card.title} for {dose.indication}, {dose.who}: {said}."


def form_sentence(card: Card, form: Form) -> str:
    """Return the one sentence that says a formulation and its strengths."""
    return f"{card.title} comes as {form.form}: {', '.join(form.strengths)}."


def join_routes(routes: tuple[Route, ...]) -> str:
    """Return routes in words: "by mouth or intravenously"."""
    return " or ".join(ROUTES[route] for route in routes)
