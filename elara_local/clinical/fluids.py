"""Fluids to give: maintenance, burns, dehydration by the WHO plans, drops a minute.

What is not covered: shock, heart or kidney failure, severe malnutrition (slower, other fluid).
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    AGE,
    FLUIDS,
    WEIGHT,
    chosen,
    measure,
    number,
    select,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result

CHILD_WEIGHT = Field("weight", "Weight", units=WEIGHT.units, low=0.5, high=250, words=WEIGHT.words)
BURNT = measure(
    "burnt", "Burnt skin (not only red)", ("%",), 1, 100, ("tbsa", "burn", "body surface")
)
SINCE = measure("since", "Time since the burn", ("h", "min"), 0, 24, ("hours since", "ago"))
VOLUME = measure("volume", "Volume to give", ("mL", "L"), 1, 10_000, ("volume", "infuse"))
HOURS = measure("time", "Time to give it in", ("h", "min"), 0.05, 72, ("over", "hours", "time"))
DROPS = measure(
    "drop_factor", "Drops in one mL of the giving set", ("drops/mL",), 5, 60, ("drop factor", "gtt")
)
PLAN_B, PLAN_C = "some dehydration (plan B)", "severe dehydration (plan C)"
PLAN = select("plan", "Dehydration", (PLAN_B, PLAN_C), ("dehydration", "plan"))
PLAN_AGE = Field("age", "Age", units=("years", "months"), low=0, high=125, words=AGE.words)


MUCH = "NICE NG29: men rarely need more than 2500 mL a day, women 2000 mL."


def maintain(facts: Facts) -> Result:
    """Holliday and Segar, as mL an hour (4-2-1)."""
    weight = number(facts, "weight")
    parts = (
        (4, min(weight, 10)),
        (2, min(max(weight - 10, 0), 10)),
        (1, max(weight - 20, 0)),
    )
    value = sum(rate * kg for rate, kg in parts)
    adding = " + ".join(f"{rate} × {kg:.4g}" for rate, kg in parts if kg)
    worked = (f"{adding} = {value:.1f} mL/h", f"In a day: {value * 24:.0f} mL")
    notes = (MUCH,) if value * 24 > 2000 else ()
    return Result(value, "mL/h", worked, notes=notes)


def resuscitate_burn(facts: Facts) -> Result:
    """Parkland: the first day of a burn, half of it in the first eight hours."""
    weight, burnt, since = (number(facts, name) for name in ("weight", "burnt", "since"))
    value = 4 * weight * burnt
    left = max(8 - since, 0)
    worked: tuple[str, ...] = (
        f"4 mL × {weight:.4g} kg × {burnt:g} % = {value:.0f} mL in the 24 hours from the burn",
        f"Half by 8 hours after the burn: {value / 2:.0f} mL",
        f"The other half in the next 16 hours: {value / 2:.0f} mL, {value / 32:.0f} mL/h",
    )
    if left:
        rate = f"{left:g} hours are left for the first half: {value / 2 / left:.0f} mL/h"
        worked = (*worked, rate)
    notes = (
        "The hours count from the burn, not from the arrival.",
        "A start: the urine output guides the rest. Take off what was already given.",
        "ATLS 2018 starts lower: 2 mL in adults, 3 mL in children, 4 mL in electrical burns.",
    )
    return Result(value, "mL", worked, notes=notes)


def rehydrate(facts: Facts) -> Result:
    """WHO plans B (by mouth) and C (into a vein)."""
    weight, age = number(facts, "weight"), number(facts, "age")
    if chosen(facts, "plan") == PLAN_B:
        value = 75 * weight
        return Result(
            value, "mL", (f"75 mL × {weight:.4g} kg = {value:.0f} mL by mouth in 4 hours",)
        )
    first, rest = ("1 hour", "5 hours") if age < 1 else ("30 minutes", "2 hours 30 minutes")
    value = 100 * weight
    worked = (
        f"100 mL × {weight:.4g} kg = {value:.0f} mL of Ringer's lactate (or saline) into a vein",
        f"First 30 mL × {weight:.4g} kg = {30 * weight:.0f} mL in {first}",
        f"Then 70 mL × {weight:.4g} kg = {70 * weight:.0f} mL in {rest}",
    )
    notes = ("Repeat the first part once if the radial pulse is still very weak.",)
    return Result(value, "mL", worked, notes=notes)


def count_drops(facts: Facts) -> Result:
    """Drops a minute for a volume in a time."""
    volume, hours, factor = (number(facts, n) for n in ("volume", "time", "drop_factor"))
    value = volume * factor / (hours * 60)
    line = f"{volume:g} mL × {factor:g} drops/mL / {hours * 60:.4g} min = {value:.1f} drops/min"
    return Result(value, "drops/min", (line, f"{volume / hours:.1f} mL/h"))


CALCULATORS = (
    Calculator(
        "maintenance_fluids", "Maintenance fluids (Holliday-Segar)", FLUIDS, (CHILD_WEIGHT,),
        "4 mL/kg/h for the first 10 kg, 2 for the next 10, 1 for each kg more",
        ("Holliday MA, Segar WE, The maintenance need for water in parenteral fluid therapy,"
         " Pediatrics 1957;19:823",),
        maintain, "Children beyond the newborn period; not for deficits or ongoing losses.",
        ("maintenance fluids", "maintenance fluid", "holliday-segar", "holliday segar", "4-2-1"),
    ),
    Calculator(
        "parkland", "Fluids for burns (Parkland)", FLUIDS, (CHILD_WEIGHT, BURNT, SINCE),
        "4 mL × weight in kg × burnt percent in 24 hours, half in the first 8",
        ("Baxter CR, Shires T, Physiological response to crystalloid resuscitation of severe"
         " burns, Ann N Y Acad Sci 1968;150:874",),
        resuscitate_burn, "Second and third degree only; children need maintenance fluid as well.",
        ("parkland", "baxter formula", "burn fluids", "burns resuscitation"), 0,
    ),
    Calculator(
        "rehydration", "Fluids for dehydration (WHO plans B and C)", FLUIDS,
        (CHILD_WEIGHT, PLAN_AGE, PLAN),
        "plan B: 75 mL/kg by mouth in 4 h; plan C: 30 then 70 mL/kg into a vein",
        ("WHO, The treatment of diarrhoea: a manual for physicians and other senior health"
         " workers, 4th revision, 2005",),
        rehydrate, "Not for severe acute malnutrition, severe anaemia or heart failure.",
        ("who plan c", "who plan b", "rehydration plan", "rehydration volume", "rehydration fluids",
         "fluids for dehydration"), 0,
    ),
    Calculator(
        "drip_rate", "Drip rate", FLUIDS, (VOLUME, HOURS, DROPS),
        "volume in mL × drops in one mL / minutes",
        ("ISO 8536-4, Infusion sets for single use, 2019 (20 drops of water are 1 mL)",),
        count_drops, "Read the drop factor on the packet.",
        ("drip rate", "drops per minute", "drops/min", "gtt/min", "infusion drops"), 0,
    ),
)  # fmt: skip
