"""Units of measure: names, dimension and factor to the first unit of the dimension.

What is covered: mass, volume, length, area, time, amount, pressure, temperature, energy,
activity units, counts of things given, percent. 1 % equals 10 mg/mL where the other side is
a mass in a volume. What is not covered: mmol/L to mg/dL, which differs for every substance;
such a pair never counts as equal. A month (730 h) and a year (8760 h) equal only themselves.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple


class Unit(NamedTuple):
    """A dimension and how many of its first unit one of this unit is."""

    dimension: str
    factor: Fraction


_TABLE = """
mass      1          g gr gram grams gramme grammes gm
mass      1/1000     mg milligram milligrams milligramme milligrammes mgs
mass      1/1000000  mcg ug microgram micrograms microgramme microgrammes
mass      1/1000000000 ng nanogram nanograms
mass      1000       kg kgs kilogram kilograms kilo kilos
volume    1          ml mls millilitre millilitres milliliter milliliters cc
volume    1000       l litre litres liter liters
volume    100        dl decilitre decilitres deciliter
volume    1/1000     ul microlitre microlitres microliter mm3
length    1          mm millimetre millimetres millimeter millimeters
length    10         cm centimetre centimetres centimeter centimeters
length    1000       m metre metres meter meters
area      1          m2 m² square_metre square_meter
time      1          h hr hrs hour hours
time      1/60       min mins minute minutes
time      1/3600     sec secs second seconds
time      24         d day days
time      168        week weeks wk wks
time      730        month months mo mth
time      8760       year years yr yrs
amount    1          mmol millimole millimoles
amount    1/1000     umol micromol micromole micromoles
amount    1000       mol mole moles
charge    1          meq milliequivalent milliequivalents
activity  1          iu unit units international_unit international_units u
activity  1000000    million_units million_iu mu mega_units megaunits million_international_units
pressure  1          mmhg mm_hg
water     1          cmh2o cm_h2o
kilopascal 1         kpa
celsius   1          °c ºc degrees_celsius degree_celsius degrees_c celsius degc
fahrenheit 1         °f ºf degrees_fahrenheit degrees_f fahrenheit
degree    1          ° degrees degree
percent   1          % percent per_cent
energy    1          kcal kilocalorie kilocalories calories
kilojoule 1          kj
joule     1          j joule joules
tablet    1          tablet tablets tab tabs
capsule   1          capsule capsules cap caps
drop      1          drop drops gtt
puff      1          puff puffs
dose      1          dose doses
sachet    1          sachet sachets
ampoule   1          ampoule ampoules amp amps
vial      1          vial vials
teaspoon  1          teaspoon teaspoons teaspoonful teaspoonfuls tsp
beat      1          beats bpm beat
breath    1          breaths breath
deviation 1          sd z-score z-scores standard_deviations
gestation 1          weeks_gestation weeks'_gestation weeks_of_gestation
kg        1          (body_weight)
"""


def _read_table() -> dict[str, Unit]:
    units: dict[str, Unit] = {}
    for line in _TABLE.strip().splitlines():
        dimension, factor, *names = line.split()
        for name in names:
            units[name.replace("_", " ")] = Unit(dimension, Fraction(factor))
    return units


UNITS = _read_table()
DOSES = frozenset(
    "mass volume activity amount charge percent tablet capsule drop puff sachet ampoule vial "
    "teaspoon energy joule".split()
)


def pattern(names: list[str]) -> str:
    """A pattern that matches any of the names, longest first, not inside a longer word."""
    ordered = sorted(names, key=len, reverse=True)
    either = "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in ordered)
    return rf"(?:{either})(?![a-z0-9²°])"


def unit_named(text: str) -> Unit:
    """The unit that a match of `pattern` found; KeyError is impossible for such a match."""
    return UNITS[re.sub(r"\s+", " ", text)]
