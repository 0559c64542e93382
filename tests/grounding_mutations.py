# ruff: noqa: E501
"""Ways to make a true sentence false: each yields every sentence that one change gives.

One class of error each, as small as it can be; nothing here gives a sentence that means the
same (1 g is never turned into 1000 mg).
"""

import re
from collections.abc import Iterator

NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?")
WORDS = {
    "unit": [
        ("mg", "g"), ("mg", "micrograms"), ("g", "mg"), ("mL", "L"), ("minutes", "hours"),
        ("hours", "minutes"), ("hours", "days"), ("days", "weeks"), ("months", "years"),
        ("weeks", "days"), ("mmol/L", "mg/dL"), ("mm", "cm"), ("°C", "°F"), ("units", "mg"),
        ("mg/kg", "mg"), ("mL/kg", "mL"), ("g", "g/kg"), ("mg", "mg/kg"),
    ],
    "basis": [
        ("per dose", "per day"), ("per day", "per dose"), ("/kg/day", "/kg/dose"), ("/kg/day", "/kg"),
        ("/day", "/dose"), ("per hour", "per day"), ("per minute", "per hour"), ("/kg ", "/kg/day "),
        ("/kg ", "/kg/hour "),
    ],
    "frequency": [
        ("every 6 hours", "every 8 hours"), ("every 8 hours", "twice daily"), ("once daily", "twice daily"),
        ("twice daily", "every 6 hours"), ("three times daily", "every 12 hours"), ("daily", "weekly"),
        ("every 20 minutes", "every 2 hours"), ("once daily", "every 12 hours"), ("tds", "bd"),
        ("single dose", "dose every 8 hours"), ("every 15 minutes", "daily"), ("daily", "four times daily"),
    ],
    "route": [
        ("IV", "IM"), ("IM", "IV"), ("IV", "oral"), ("orally", "IV"), ("oral", "rectal"), ("rectally", "orally"),
        ("nebulised", "oral"), ("IM", "subcutaneous"), ("IV", "intrathecal"),
    ],
    "drug": [
        ("artesunate", "artemether"), ("paracetamol", "ibuprofen"), ("Paracetamol", "Ibuprofen"),
        ("amoxicillin", "ampicillin"), ("aspirin", "clopidogrel"), ("Aspirin", "Warfarin"),
        ("loperamide", "lorazepam"), ("magnesium sulfate", "magnesium hydroxide"), ("Adrenaline", "Noradrenaline"),
        ("metronidazole", "metformin"), ("ceftriaxone", "cefotaxime"), ("Benzathine benzylpenicillin", "Benzylpenicillin"),
        ("Doxycycline", "Dicloxacillin"), ("Metformin", "Metoprolol"), ("Diazepam", "Midazolam"), ("Zinc", "Iron"),
        ("rabies vaccine", "rabies immunoglobulin"), ("Salbutamol", "Salmeterol"), ("Naloxone", "Naltrexone"),
        ("Insulin", "Glucagon"), ("Ivermectin", "Albendazole"), ("Gentamicin", "Amikacin"), ("lorazepam", "diazepam"),
        ("Oxytocin", "Misoprostol"), ("Rifampicin", "Rifabutin"), ("Morphine", "Methadone"), ("Vitamin K", "Vitamin A"),
        ("Ciprofloxacin", "Norfloxacin"), ("Warfarin", "Heparin"), ("Hydrocortisone", "Prednisolone"),
        ("Amlodipine", "Nifedipine"), ("Captopril", "Methyldopa"), ("Phenytoin", "Phenobarbital"),
        ("Tranexamic acid", "Mefenamic acid"), ("Labetalol", "Hydralazine"), ("Fluconazole", "Itraconazole"),
        ("Antivenom", "Antibiotic"), ("Ringer's lactate", "normal saline"), ("oxygen", "glucose"),
    ],
    "negation": [
        ("Do not give", "Give"), ("Never give", "Give"), ("is contraindicated", "is indicated"),
        ("is contraindicated", "is used"), ("not recommended", "recommended"), ("without", "with"), (" not ", " "),
        ("should", "should not"), (" is ", " is not "), (" are ", " are not "), ("causes", "does not cause"),
        ("rarely ", ""), ("Give", "Do not give"), ("give ", "do not give "), ("be avoided", "be used"),
        ("is avoided", "is used"), (" with ", " without "), ("cannot", "can"), ("needs", "does not need"),
        ("unless", "if"), ("only ", ""), (" receive ", " do not receive "), ("Start", "Do not start"),
    ],
    "comparator": [
        ("under", "over"), ("over ", "under "), ("below", "above"), ("above", "below"), ("or more", "or less"),
        ("more than", "less than"), ("no more than", "no less than"), ("maximum", "minimum"), ("within", "after"),
        ("more than", "at least"), ("under", "up to"), ("below", "at most"), ("or more", ""), ("under ", ""),
        ("below ", ""), ("maximum ", ""), ("no more than ", ""), ("above ", ""),
    ],
    "population": [
        ("Children", "Adults"), ("children", "adults"), ("Adults", "Children"), ("adults", "children"),
        ("newborn", "child"), ("child ", "adult "), ("pregnancy", "childhood"), ("children", "pregnant women"),
        ("children", "infants"), ("children", "newborns"), ("adults", "older adults"), ("Adults", "Adolescents"),
    ],
    "modality": [
        ("may be", "must be"), ("may be", "should be"), ("Consider ", "Give "), ("should", "may"),
        (" is given", " may be given"), ("should", "must"), ("Never", "Avoid"), ("Give ", "Consider "),
    ],
    "condition": [
        (" unless the patient is fully conscious", ""), (" unless there is active bleeding", ""),
        (" if the patient has severe asthma", ""), ("In severe dehydration, give", "Give"), (" with dengue", ""),
        (" if SpO2 is below 90%", ""), (" if the seizure continues after 10 minutes", ""), ("severe ", ""),
        (" under 20 kg", ""), (" in pregnancy", ""), (" of 10%", " of"), (", maximum 60 mg/kg/day", ""),
        ("suspected ", ""), (" until the child can swallow", ""), (" only when there are signs of envenoming", ""),
    ],
}  # fmt: skip


def numbers(text: str) -> Iterator[str]:
    for found in NUMBER.finditer(text):
        value = found.group()
        changed = {
            f"{value}0",
            value.replace("1", "7"),
            value.replace("5", "2"),
            f"{float(value) + 1:g}",
        }
        for other in sorted(o for o in changed if float(o) != float(value)):
            yield text[: found.start()] + other + text[found.end() :]


def decimals(text: str) -> Iterator[str]:
    for found in NUMBER.finditer(text):
        value = float(found.group())
        for other in (value * 10, value / 10, value / 100):
            if value:
                yield text[: found.start()] + f"{other:.10g}" + text[found.end() :]


def replaced(kind: str, text: str) -> Iterator[str]:
    for old, new in WORDS[kind]:
        left = r"(?<![\w/])" if old[0].isalnum() else ""
        right = r"(?!\w)" if old[-1].isalnum() else ""
        for found in re.finditer(f"{left}{re.escape(old)}{right}", text):
            yield text[: found.start()] + new + text[found.end() :]


def mutations(kind: str, text: str) -> list[str]:
    made = {"number": numbers, "decimal": decimals}.get(kind)
    found = list(made(text)) if made else list(replaced(kind, text))
    return [" ".join(m.split()) for m in dict.fromkeys(found) if m != text]


KINDS = ["number", "decimal", *WORDS]
