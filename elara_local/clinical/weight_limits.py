"""Which weights a person of an age can have: a slip of the keyboard is not worked with.

What is covered: limits of weight for age in both sexes, wide enough for severe malnutrition
and for a preterm newborn. What is not covered: whether a weight suits this child; a weight
within the limits may still be wrong.
Sources: WHO Child Growth Standards, weight-for-age, 2006, with the limits outside which WHO
Anthro calls a weight-for-age implausible (z-score below -6 or above +5), computed with WHO's
rule for z-scores beyond 3, from the lower of the girls' and boys' tables and the higher. The
lower limit is taken 15 % lower still, because a child starved below that score is real and needs
the dose most (5 kg at 2 years). Below 3 months it is that of a preterm newborn; above 5 years both
limits are this program's own, far outside the WHO Reference 2007.
"""

from __future__ import annotations

from fractions import Fraction

MONTH = Fraction(36525, 1200)  # days
WHO_MONTHS = 60
# Age in months: lowest and highest weight in kg; between two ages the line from one to the other.
LIMITS: tuple[tuple[int, str, str], ...] = (
    (0, "0.4", "6.2"),
    (3, "1.2", "11"),
    (12, "3.6", "16.3"),
    (24, "4.6", "21.4"),
    (36, "5.1", "26.5"),
    (48, "5.7", "32.6"),
    (60, "6.2", "38.7"),
    (120, "10", "110"),
    (216, "20", "300"),
)


def weight_limits(age_days: Fraction) -> tuple[Fraction, Fraction]:
    """Return the lowest and highest weight in kg that a person of this age can have."""
    months = age_days / MONTH
    rows = [(Fraction(m), Fraction(low), Fraction(high)) for m, low, high in LIMITS]
    for (start, *lower), (end, *upper) in zip(rows, rows[1:], strict=False):
        if start <= months < end:
            share = (months - start) / (end - start)
            low, high = (a + (b - a) * share for a, b in zip(lower, upper, strict=True))
            return low, high
    return rows[-1][1], rows[-1][2]


def is_plausible(weight_kg: Fraction, age_days: Fraction) -> bool:
    """True when a person of this age can have this weight."""
    low, high = weight_limits(age_days)
    return low <= weight_kg <= high


def fits_some_age(weight_kg: Fraction, low: Fraction | None, high: Fraction | None) -> bool:
    """True when some age of a band, in days from `low` to below `high`, can have this weight."""
    first = low or Fraction(0)
    last = high if high is not None else max(first, LIMITS[-1][0] * MONTH)
    return weight_limits(first)[0] <= weight_kg <= weight_limits(last)[1]
