"""The calculator suite: MedCalc-Bench's rows from their given entities, within their limits.

Nothing here is tuned: formulas come from their papers, the table of names from the rows' keys,
so "dev" and "test" halve the rows only for the sake of the other suites' order. Two shares are
given: of all rows, and of those whose label does not show a fault of its own (`medcalc_faults`).
"""

from __future__ import annotations

import csv
import hashlib
from ast import literal_eval
from collections.abc import Iterable
from datetime import date
from functools import partial
from pathlib import Path

from elara_local.clinical.forms import Result
from elara_local.errors import Missing, WrongUse
from elara_local.evaluation.medcalc_faults import Row, find_faults
from elara_local.evaluation.medcalc_table import answer, is_within
from elara_local.evaluation.suites import Bench, Case, Goal, Item, Suite

FOLDER = "medcalc_bench"


def read_rows(data: Path | None) -> list[dict[str, str]]:
    """Return the rows of every table of the set, in their order.

    Raises:
        Missing: there is no such folder, or no table in it.
    """
    tables = sorted((data / FOLDER).glob("*.csv")) if data else []
    if not tables:
        raise Missing(
            "MedCalc-Bench is not there.", f"Put its test table into the folder {FOLDER}."
        )
    rows: list[dict[str, str]] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            rows.extend(csv.DictReader(file))
    return rows


def half_of(row: dict[str, str]) -> str:
    """Return "dev" or "test", by a hash of the row's number and note."""
    text = f"{row['Row Number']} {row['Note ID']}"
    return "dev" if hashlib.sha256(text.encode()).digest()[0] % 2 else "test"


def judge(row: dict[str, str]) -> Case:
    """Calculate one row and compare."""
    number = int(row["Calculator ID"])
    entities = literal_eval(row["Relevant Entities"])
    faults = find_faults(
        Row(number, entities, row["Ground Truth Answer"], row["Ground Truth Explanation"])
    )
    said = ""
    try:
        result = answer(number, entities)
        within = is_within(result, row["Lower Limit"], row["Upper Limit"])
        said = write(result)
    except WrongUse as error:
        within, said = False, error.message
    values = {"within": float(within)}
    if not faults:
        values["within_sound"] = float(within)
    why = f"; the label {'; '.join(faults)}" if faults else ""
    note = "" if within else f"label {row['Ground Truth Answer']}, here {said}{why}"
    return Case(values, (f"{number:02d} {row['Calculator Name']}",), note)


def write(result: Result) -> str:
    """Return a value as it stands in a note."""
    value = result.value
    if isinstance(value, date):
        return value.strftime("%m/%d/%Y")
    return value if isinstance(value, str) else f"{value:.6g}"


def read(bench: Bench) -> Iterable[Item]:
    """Return the items of a half.

    Raises:
        Missing: as `read_rows`.
    """
    rows = [r for r in read_rows(bench.data) if bench.half in ("all", half_of(r))]
    chosen = rows[: bench.limit] if bench.limit else rows
    return [Item(f"medcalc-{row['Row Number']}", partial(judge, row)) for row in chosen]


SUITE = Suite(
    "calculators",
    "Clinical calculators",
    "MedCalc-Bench v1.0: 55 calculators, from the entities given, within the row's limits. It"
    " shows the formulas, not the reading of a note. About every sixth label is wrong by its own"
    " working: within_sound leaves those out, whatever is calculated here. Nothing was tuned.",
    read,
    {"within": Goal(0.95), "within_sound": Goal(0.95)},
)
