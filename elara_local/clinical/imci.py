"""IMCI: from the signs of a sick child to its classifications, by WHO's chart booklets.

The tables are data, content/imci/*.toml, read and checked here. A sign is there, not there, or
was not looked for; what was not looked for never counts as absent: the chart then stays open
and says what to look for. What is not covered: HIV, immunisation, development, and the
judgement that a chart booklet leaves to who examines. This module knows no form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from elara_local.errors import WrongFile

IMCI_FOLDER = Path(__file__).resolve().parent.parent / "content" / "imci"
COLOURS = ("pink", "yellow", "green")  # refer urgently; treat here; advise at home
Signs = Mapping[str, bool | None]


@dataclass(frozen=True)
class Class:
    """One row of a chart: it holds when any, two or all of its signs are there; or always."""

    name: str
    colour: Literal["pink", "yellow", "green"]
    do: str
    any: tuple[str, ...] = ()
    two: tuple[str, ...] = ()
    all: tuple[str, ...] = ()

    @property
    def signs(self) -> tuple[str, ...]:
        """Every sign that the row names."""
        return self.any + self.two + self.all

    def holds(self, signs: Signs) -> bool | None:
        """True or False where the signs decide it; None where one that decides was not sought."""
        if not self.signs:
            return True
        least = 1 if self.any else 2 if self.two else len(self.all)
        found = [signs.get(name) for name in self.signs]
        if found.count(True) >= least:
            return True
        return None if found.count(True) + found.count(None) >= least else False


@dataclass(frozen=True)
class Chart:
    """One chart: its rows, the gravest first; used only where the sign `when` is there."""

    name: str
    rows: tuple[Class, ...]
    when: str = ""


@dataclass(frozen=True)
class Booklet:
    """The charts for one band of age, in months, from inclusive, below exclusive."""

    version: str
    title: str
    source: str
    review: str
    limits: str
    from_months: float
    below_months: float
    danger: tuple[str, ...]
    signs: Mapping[str, str]  # id -> what the form asks
    charts: tuple[Chart, ...]


@dataclass(frozen=True)
class Classified:
    """What one chart says: the row that holds, and the signs of it that are there.

    `row` is None where the chart is open; `lacking` names what must still be looked for.
    """

    chart: str
    row: Class | None
    found: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@cache
def read_booklet(name: str) -> Booklet:
    """Read one booklet, "child" or "young_infant".

    Raises:
        WrongFile: the file is absent or breaks the format.
    """
    path = IMCI_FOLDER / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        charts = tuple(_read_chart(entry) for entry in table.pop("chart"))
        danger = tuple(table.pop("danger"))
        booklet = Booklet(**table, danger=danger, charts=charts)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongFile(
            f"The IMCI charts of {path.name} can't be read: {error}.",
            "Put back the file that came with Elara.",
        ) from error
    return booklet


def _read_chart(entry: dict[str, Any]) -> Chart:
    rows = tuple(
        Class(
            name=str(row["name"]),
            colour=row["colour"],
            do=str(row["do"]),
            any=tuple(row.get("any", ())),
            two=tuple(row.get("two", ())),
            all=tuple(row.get("all", ())),
        )
        for row in entry["class"]
    )
    if any(row.colour not in COLOURS for row in rows) or rows[-1].signs:
        raise ValueError(f"chart '{entry['name']}' has a wrong colour, or no last row")
    return Chart(entry["name"], rows, entry.get("when", ""))


def classify(booklet: Booklet, signs: Signs) -> list[Classified]:
    """Return what every chart says that the signs open.

    A chart whose opening sign was not asked for is returned open. `signs` holds the derived
    ones too (`imci_signs`); "danger" is worked out here, from the general danger signs.
    """
    danger = Class("", "pink", "", any=booklet.danger).holds(signs)
    known = {**signs, "danger": danger}
    found = []
    for chart in booklet.charts:
        opened = known.get(chart.when) if chart.when else True
        if opened is None:
            found.append(Classified(chart.name, None, lacking=(chart.when,)))
        elif opened:
            found.append(_classify(chart, known, booklet.danger))
    return found


def _classify(chart: Chart, signs: Signs, danger: Sequence[str]) -> Classified:
    for row in chart.rows:
        holds = row.holds(signs)
        named = [n for s in row.signs for n in (danger if s == "danger" else (s,))]
        if holds:
            there = tuple(n for n in dict.fromkeys(named) if signs.get(n))
            return Classified(chart.name, row, there)
        if holds is None:
            lacking = tuple(n for n in dict.fromkeys(named) if signs.get(n) is None)
            return Classified(chart.name, None, lacking=lacking)
    raise ValueError(f"chart '{chart.name}' has no last row")
