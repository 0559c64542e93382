"""How a row of MedCalc-Bench names its facts, and which of our fields each is.

The set leaves out what a note does not tell; its own rule is then "no", "none" or "normal",
and that rule stands here, not in the calculators, which ask. Readings that are not plain:
a count in "µL", "L" or "m^3" is for one µL, L or mm³; a fentanyl patch in "mg" is in µg/h,
which is what its factor is for; "hypertension" in HAS-BLED is taken as uncontrolled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from elara_local.clinical.apache import ELECTIVE, EMERGENCY, NONE
from elara_local.clinical.forms import Given
from elara_local.clinical.medicines import OPIOIDS, STEROIDS
from elara_local.clinical.units import convert
from elara_local.errors import WrongUse

Entities = Mapping[str, Any]
Reader = Callable[[Entities], Given | None]

_UNITS = {
    "mm hg": "mmHg",
    "degrees celsisus": "°C",
    "degrees fahreinheit": "°F",
    "beats per minute": "beats/min",
    "bpm": "beats/min",
    "breaths per minute": "breaths/min",
    "l": "/L",
    "µl": "/µL",
    "m^3": "/mm3",
    "mm^3": "/mm3",
}


def squeeze(name: str) -> str:
    """Return a name without case, spaces, signs and the set's misspelling of "failure"."""
    return re.sub(r"[^a-z0-9]", "", name.casefold().replace("₂", "2").replace("faliure", "failure"))


def find(entities: Entities, *names: str) -> Any:
    """Return the first entity that has one of the names, None where none has."""
    known = {squeeze(name): value for name, value in entities.items()}
    return next((known[squeeze(n)] for n in names if squeeze(n) in known), None)


def read_number(value: Any) -> tuple[float, str] | float:
    """Return a number with its unit; several ("1 year 6 months") are added in the first's.

    Raises:
        WrongUse: it is no number, or two units don't measure the same.
    """
    flat = _flatten(value) if isinstance(value, list | tuple) else [value]
    if len(flat) == 1:
        return _read_float(flat[0])
    pairs = [
        (_read_float(flat[i]), _read_unit(str(flat[i + 1]))) for i in range(0, len(flat) - 1, 2)
    ]
    if not pairs:
        raise WrongUse("The row gives an empty number.", "Leave it out.")
    first = pairs[0][1]
    return sum(convert(amount, unit, first) for amount, unit in pairs), first


def _read_float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise WrongUse(f"The row gives {value!r} as a number.", "Correct it.") from error


def _flatten(value: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for part in value:
        flat.extend(_flatten(part) if isinstance(part, list | tuple) else [part])
    return flat


def _read_unit(unit: str) -> str:
    plain = re.sub(r"\s+", " ", unit.strip()).removeprefix("count/")
    return _UNITS.get(plain.casefold().replace("μ", "µ"), plain)


def num(*names: str, otherwise: Given | None = None) -> Reader:
    """Read a number."""

    def read(entities: Entities) -> Given | None:
        value = find(entities, *names)
        return otherwise if value is None else read_number(value)

    return read


def any_of(*names: str) -> Reader:
    """Read whether one of several is true; what the row leaves out is no."""

    def read(entities: Entities) -> Given | None:
        return any(find(entities, name) is True for name in names)

    return read


def one_of(name: str, answers: Mapping[str, str], otherwise: str) -> Reader:
    """Read an answer by its beginning; a bare True is the last answer of the table."""

    def read(entities: Entities) -> Given | None:
        value = find(entities, name)
        if isinstance(value, bool):
            return list(answers.values())[-1] if value else otherwise
        text = str(value or "").strip().casefold()
        return next(
            (ours for theirs, ours in answers.items() if text.startswith(theirs)), otherwise
        )

    return read


def read_day(*names: str) -> Reader:
    """Read a date, month first."""

    def read(entities: Entities) -> Given | None:
        value = find(entities, *names)
        return None if value is None else parse_day(str(value))

    return read


def parse_day(text: str) -> date:
    """Return a date as the set writes it: 03/31/2006."""
    return datetime.strptime(text.strip(), "%m/%d/%Y").date()


def always(value: Given) -> Reader:
    """Give a field that the set does not ask for its neutral value."""
    return lambda entities: value


def read_opioid(name: str) -> Reader:
    """Read one opioid's dose, times its doses a day."""
    theirs = {"fentanyl_nasal": "fentanyl nasal", "fentanyl_buccal": "fentanyl buccal"}
    label = theirs.get(name, name.replace("_", " "))

    def read(entities: Entities) -> Given | None:
        dose = find(entities, f"{label} dose")
        if dose is None:
            return None
        amount = read_number(dose)
        times = read_number(find(entities, f"{label} dose per day") or 1)
        daily = times[0] if isinstance(times, tuple) else times
        value, unit = amount if isinstance(amount, tuple) else (amount, OPIOIDS[name][2])
        return value * daily, OPIOIDS[name][2] if "patch" in name else unit

    return read


def read_opioids(entities: Entities) -> dict[str, Given]:
    """Read every opioid of a row.

    Raises:
        WrongUse: one of them has no factor here.
    """
    doses = {squeeze(name).removesuffix("perday") for name in entities}
    named = {name.removesuffix("dose") for name in doses if name.endswith("dose")}
    unknown = named - {squeeze(name) for name in OPIOIDS}
    if unknown:
        raise WrongUse(f"No factor is known for {', '.join(sorted(unknown))}.", "Leave it out.")
    read = {name: read_opioid(name)(entities) for name in OPIOIDS}
    return {name: value for name, value in read.items() if value is not None}


def read_steroid(text: str) -> str:
    """Return our name of a steroid that stands with its route ("PredniSONE PO")."""
    name = text.split()[0].casefold()
    if name not in STEROIDS:
        raise WrongUse(f"'{name}' is not among the steroids.", "Choose another.")
    return name


def read_steroids(entities: Entities) -> dict[str, Given]:
    """Read the dose given and the steroid wanted."""
    given, dose, unit = find(entities, "input steroid")
    wanted = find(entities, "target steroid")
    return {
        "given": read_steroid(given),
        "dose": (float(dose), str(unit)),
        "wanted": read_steroid(wanted if isinstance(wanted, str) else wanted[0]),
    }


def read_oxygenation(entities: Entities) -> Given | None:
    """APACHE II: the A-a gradient where FiO2 is 50 % or more, else PaO2."""
    fio2 = read_number(find(entities, "FiO2") or 21)
    share = fio2[0] if isinstance(fio2, tuple) else fio2
    names = ("A-a gradient",) if share >= 50 else ()
    return num(*names, "PaO2", "Partial pressure of oxygen (PaO2) for Apache II", "A-a gradient")(
        entities
    )


def read_pressure(name: str, normal: float, low: float, entities: Entities) -> Given | None:
    """SOFA: a pressure; where it is left out, a normal one, or a low one with "hypotension"."""
    value = find(entities, name)
    if value is not None:
        return read_number(value)
    other = find(entities, "Systolic Blood Pressure", "Diastolic Blood Pressure")
    return low if other is None and find(entities, "Hypotension") is True else normal


def read_urine(entities: Entities) -> Given | None:
    """SOFA: the millilitres of a day as one of our three answers."""
    value = find(entities, "Urine Output")
    amount = read_number(value) if value is not None else 1000.0
    volume = amount[0] if isinstance(amount, tuple) else amount
    if volume < 200:
        return "under 200 mL"
    return "200 to 499 mL" if volume < 500 else "500 mL or more, or not measured"


SURGERY_OF_APACHE = {"nonoperative": NONE, "emergency": EMERGENCY, "elective": ELECTIVE}
SEX: Reader = one_of("sex", {"f": "female", "m": "male"}, "male")
