"""Numbers as they are written, and the volumes and tablets that can be measured.

What is covered: exact fractions as decimals, an amount that is no short decimal as "about";
volumes by the marks of ordinary syringes, whole tablets and, where a tablet is scored, halves.
What is not covered: drops, spoons, the displacement volume of a powder. The steps follow the
marks of 1, 5 and 20 mL syringes and the tolerances are a choice of this program (BNF for
Children asks for an oral syringe for any volume that is no multiple of 5 mL, and names no
tolerance); docs/decisions.md says why.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import ceil, floor

DIGITS = 3  # figures shown of a number that is no short decimal
SHORT = 4  # decimals of a number that is shown as it is
# Volumes below the first number are measured in steps of the second, in mL.
STEPS = (
    (Fraction(1), Fraction(1, 100)),
    (Fraction(5), Fraction(1, 10)),
    (Fraction(20), Fraction(1, 2)),
)
WIDEST = Fraction(1)  # step of a larger volume, in mL
LIQUID = Fraction(5, 100)  # how far a measured volume may be from the dose that was worked out
SOLID = Fraction(10, 100)  # the same of tablets
MOST_PIECES = 4  # tablets or capsules for one dose
MOST_ML = Fraction(60)  # of one dose by mouth or by syringe; more is an infusion


def say_number(value: Fraction) -> str:
    """Return a number in figures, exact if it has at most four decimals, else of 3 figures."""
    exact = value * 10**SHORT
    if exact.denominator == 1:
        return _plain(Decimal(int(exact)).scaleb(-SHORT))
    shown = Context(prec=30).divide(Decimal(value.numerator), Decimal(value.denominator))
    places = min(0, shown.adjusted() - DIGITS + 1)
    return f"about {_plain(shown.quantize(Decimal(1).scaleb(places), ROUND_HALF_UP))}"


def say_range(low: Fraction, high: Fraction) -> str:
    """Return "45" or "150 to 225"."""
    return say_number(low) if low == high else f"{say_number(low)} to {say_number(high)}"


def step_of(volume: Fraction) -> Fraction:
    """Return the step in which a volume in mL can be measured."""
    return next((step for below, step in STEPS if volume < below), WIDEST)


def measure_volume(
    low: Fraction, high: Fraction, most: Fraction | None
) -> tuple[Fraction, Fraction] | None:
    """Return the volumes in mL that can be drawn up for a range of volumes.

    One volume is brought to the nearest mark and stays within LIQUID of it; a range is not left.
    None where no mark is near enough, or where the nearest one is above `most`.
    """
    if low == high:
        step = step_of(low)
        near = floor(low / step + Fraction(1, 2)) * step
        near = near - step if most is not None and near > most else near
        return (near, near) if near > 0 and abs(near - low) <= LIQUID * low else None
    least, greatest = (
        ceil(low / step_of(low)) * step_of(low),
        floor(high / step_of(high)) * step_of(high),
    )
    return (least, greatest) if 0 < least <= greatest else None


def count_pieces(
    low: Fraction, high: Fraction, most: Fraction | None, scored: bool
) -> tuple[Fraction, Fraction] | None:
    """Return how many tablets make a dose, `low` to `high` being the dose over the strength.

    Halves only of a scored tablet. None where no number is within SOLID of one dose, lies in a
    range, or is MOST_PIECES or fewer, or where the nearest one is above `most`.
    """
    part = Fraction(1, 2) if scored else Fraction(1)
    if low == high:
        near = floor(low / part + Fraction(1, 2)) * part
        near = near - part if most is not None and near > most else near
        found = (near, near) if abs(near - low) <= SOLID * low else None
    else:
        least, greatest = ceil(low / part) * part, floor(high / part) * part
        found = (least, greatest) if least <= greatest else None
    return found if found and 0 < found[0] and found[1] <= MOST_PIECES else None


def _plain(value: Decimal) -> str:
    """Write a decimal without an exponent and without zeros at its end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
