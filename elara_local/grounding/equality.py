"""When two quantities say the same.

What is covered: any unit of one dimension, "per dose" said or left out where both sentences
say how often, and 1 % against 10 mg/mL (grams in 100 mL). What is not covered: rounding;
38 °C against 100.4 °F; mmol/L against mg/dL.
"""

from __future__ import annotations

from fractions import Fraction

from elara_local.grounding.quantities import DOSE, Quantity


def same_quantity(claim: Quantity, source: Quantity, *, frequent: bool = False) -> bool:
    """True when both say the same in any unit.

    `frequent`: both sentences say how often, so that "per dose" may be said or left out.
    """
    difference = claim.basis ^ source.basis
    if difference and not (frequent and difference == {DOSE}):
        return as_strength(claim) is not None and as_strength(claim) == as_strength(source)
    nouns = {claim.noun, source.noun} - {""}
    return (
        (claim.low, claim.high, claim.dimension) == (source.low, source.high, source.dimension)
        and claim.comparator == source.comparator
        and claim.role == source.role
        and len(nouns) <= 1
    )


def as_strength(quantity: Quantity) -> tuple[Fraction, Fraction, str] | None:
    """Grams per 100 mL, for a percentage or a mass in a volume; else None."""
    if quantity.dimension == "percent" and not quantity.basis:
        return quantity.low, quantity.high, quantity.comparator
    if quantity.dimension != "mass" or len(quantity.basis) != 1:
        return None
    name, number = next(iter(quantity.basis)).rsplit(" ", 1)
    if name != "volume":
        return None
    scale = 100 / Fraction(number)
    return quantity.low * scale, quantity.high * scale, quantity.comparator
