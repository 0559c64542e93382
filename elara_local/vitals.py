"""Reading vital signs, age and weight out of free text, in five languages.

"BP 82/54", "SpO2 86 %", "RR 52", "T 39,8", "GCS 9/15", "8-month-old", "miaka 3". Values outside
what a living body or a device can show are left out rather than guessed at, and a threshold in a
question ("if SpO2 < 90") is marked as such. What is not covered: values written as words
("ninety over sixty"), values in tables without a label, waveforms. This module knows no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = {"day": 1 / 30.4, "week": 12 / 52.2, "month": 1.0, "year": 12.0}
_SEP = r"(?:\s*(?:is|was|of|at|est|de|à|es|em|ni|ya|on|now|:|=|~|≈|-)\s*|\s+){0,3}"
_CMP = r"(?P<cmp><=|>=|<|>|≤|≥|under|below|above|over|moins de|menos de|menor|chini ya)?\s*"
_NUM = r"(?P<value>\d{1,3}(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d)"


def _labelled(names: str, number: str = _NUM, after: str = "") -> re.Pattern[str]:
    return re.compile(rf"(?<![\w/])(?:{names})(?!\w){_SEP}{_CMP}{number}{after}", re.IGNORECASE)


_PRESSURE_NAMES = (
    r"b\.?p|b/p|blood pressure|t\.?a|p\.?a|tension(?: art[ée]rielle)?|pression(?: art[ée]rielle)?"
    r"|presi[óo]n(?: arterial)?|tensi[óo]n(?: arterial)?|press[ãa]o(?: arterial)?"
    r"|shinikizo(?: la damu)?|presha"
)
_NOT_A_DOSE = r"(?!\s*(?:mg|mcg|µg|g\b|ml|iu|units?|tabs?|tablets?))"
_PATTERNS: dict[str, tuple[re.Pattern[str], ...]] = {
    "sbp": (
        _labelled(
            _PRESSURE_NAMES,
            r"(?P<value>\d{1,3})\s*(?:/|x|over|sur|sobre|por|juu ya)\s*"
            r"(?P<dia>\d{1,3}|palp\w*|p\b)",
        ),
        _labelled(r"sbp|systolic(?: bp| pressure)?|pas|tas|systolique|sist[óo]lica"),
        re.compile(r"(?<![\w/.])(?P<value>\d{2,3})\s*/\s*(?P<dia>\d{2,3})\s*mm\s?hg", re.I),
        re.compile(
            r"(?<![\w/.-])(?P<value>[4-9]\d|1\d\d|2[0-5]\d)/(?P<dia>[2-9]\d|1[0-4]\d)(?![\w/])"
            + _NOT_A_DOSE
        ),
    ),
    "spo2": (
        _labelled(
            r"sp\s?[o0][2₂]|s[ap][o0]2|sats?(?: (?:of )?o2)?|o2 sats?|pulse ox(?:imetry)?"
            r"|(?:oxygen )?saturation(?: en oxyg[èe]ne)?|saturaci[óo]n(?: de ox[íi]geno)?"
            r"|satura[çc][ãa]o(?: de oxig[ée]nio)?|kiwango cha oksijeni|oksijeni"
        ),
        re.compile(
            r"(?<![\w.])(?P<value>\d{2,3})\s?%\s*(?:on|in|à l|en|em|al|sous|kwa)?\s*"
            r"(?:room air|ra\b|air ambiant|aire ambiente|ar ambiente|oxygen|o2)",
            re.I,
        ),
    ),
    "hr": (
        _labelled(
            r"hr|heart rate|pulse(?: rate)?|p(?=\s?\d{2,3}\b)|fc|fr[ée]quence cardiaque|pouls"
            r"|frecuencia cardiaca|frecuencia card[íi]aca|frequ[êe]ncia card[íi]aca|pulso"
            r"|mapigo ya moyo"
        ),
        re.compile(r"(?<![\w.])(?P<value>\d{2,3})\s?(?:bpm|beats per min)", re.I),
    ),
    "rr": (
        _labelled(
            r"rr|resp(?:s|irations?|iratory)?(?:\.? rate)?|breathing rate|fr"
            r"|fr[ée]quence respiratoire|frecuencia respiratoria|frequ[êe]ncia respirat[óo]ria"
            r"|kasi ya kupumua"
        ),
        re.compile(
            r"(?<![\w.])(?P<value>\d{2,3})\s?(?:breaths?(?: (?:per|a) |/)min|respirations?/min"
            r"|resp/min|rpm\b|cpm\b)",
            re.I,
        ),
    ),
    "temperature": (
        _labelled(
            r"t|temp|temperature|temp[ée]rature|temperatura|joto(?: la mwili)?|fever|fi[èe]vre"
            r"|fiebre|febre|homa",
            r"(?P<value>(?:2[5-9]|3\d|4[0-5])(?:[.,]\d{1,2})?|(?:9[0-9]|10\d|11[0-3])(?:\.\d)?)"
            r"(?![\d/]|[.,]\d)",
            r"(?!\s*(?:days?|weeks?|h\b|hours?|jours|d[íi]as?|dias?|siku))",
        ),
        re.compile(r"(?<![\w.])(?P<value>(?:2[5-9]|3\d|4[0-5])(?:[.,]\d{1,2})?)\s?°?\s?c\b", re.I),
        re.compile(r"(?<![\w.])(?P<value>(?:9\d|10\d|11[0-3])(?:\.\d)?)\s?°?\s?f\b", re.I),
    ),
    "gcs": (
        _labelled(
            r"gcs|glasgow(?: coma)?(?: (?:scale|score))?|score de glasgow|ecg?w",
            r"(?P<value>1[0-5]|[3-9])(?:\s*/\s*15)?(?!\d)",
        ),
    ),
    "glucose": (
        _labelled(
            r"(?:blood |capillary )?(?:glucose|sugar)(?: level)?|fingerstick(?: glucose)?|rbs|cbg"
            r"|fbs|bgl?|bm|glyc[ée]mie|dextro|glucemia|glicemia|glicose|sukari(?: ya damu)?",
            r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d)",
            r"\s*(?P<unit>mmol|mg|g/l)?",
        ),
    ),
    "muac": (
        _labelled(
            r"muac|pb|per[íi]metro braquial|p[ée]rim[èe]tre brachial|pmb",
            r"(?P<value>\d{2,3}(?:[.,]\d)?)(?![\d/])",
            r"\s*(?P<unit>mm|cm)?",
        ),
    ),
}
_RANGES = {
    "sbp": (20, 300),
    "spo2": (20, 100),
    "hr": (10, 320),
    "rr": (1, 150),
    "temperature": (25, 45),
    "gcs": (3, 15),
    "glucose": (0.1, 100),
    "muac": (40, 500),
}
_UNIT = (
    r"(?:(?P<day>days?|d|jours?|d[íi]as?|siku)|(?P<week>weeks?|wks?|w|semaines?|semanas?|wiki)"
    r"|(?P<month>months?|mths?|mos?|m|mois|mes(?:es)?|m[êe]s|miezi|mwezi)"
    r"|(?P<year>years?|yrs?|y|ans?|a[ñn]os?|anos?|miaka|mwaka))"
)
_BORN = (
    r"(?:b[ée]b[ée]s?|nourrisson|nouveau-n[ée]|enfant|gar[çc]on|fille|ni[ñn][oa]"
    r"|reci[ée]n nacid[oa]|lactante|crian[çc]a|rec[ée]m-nascid[oa]|menin[oa]|femme"
    r"|homme|mujer|hombre|mulher|homem"
    r"|paciente|patiente?|[âa]g[ée]e?s?|edad|idade)"
)
_NOT_LASTING = r"(?!\s+(?:ago|of (?!age)|later|cough|fever|diarrh|vomit|weight|hist|with no|since))"
_AGES = (
    re.compile(rf"(?<![\w.])(?P<n>\d{{1,3}})[\s-]*{_UNIT}[\s-]*(?:old|of age|o\b|/o\b)", re.I),
    re.compile(r"(?<![\w.])(?P<n>\d{1,3})\s?(?:y|yr|yrs|yo)\s?(?:/?o\s?)?(?P<year>[mf])?\b", re.I),
    re.compile(r"(?<![\w.])(?P<n>[1-9]?\d)\s?(?P<year>[mf])\b(?!/)(?<!9[5-9]f)(?<!9[5-9] f)", re.I),
    re.compile(rf"\baged?\s*:?\s*(?P<n>\d{{1,3}})\s*{_UNIT}?(?!\w)", re.I),
    re.compile(rf"\b{_BORN}\s+(?:(?:de|com|con|d['’])\s*)?(?P<n>\d{{1,3}})\s*{_UNIT}(?!\w)", re.I),
    re.compile(
        r"(?<!il y a )(?<!hace )(?<!há )(?<!depuis )(?<!desde )(?<!\w)"
        r"(?P<n>\d{1,3})\s*(?P<year>ans|a[ñn]os|anos)(?!\w)(?!\s+(?:atr[áa]s|plus))",
        re.I,
    ),
    re.compile(rf"\b(?:wa|umri(?: wa)?|mwenye|mtoto)\s+{_UNIT}\s+(?P<n>\d{{1,3}})(?!\w)", re.I),
    re.compile(rf"(?<![\w.])(?P<n>\d{{1,3}})[\s-]{_UNIT}[\s-](?=boy|girl|baby|infant|child)", re.I),
    re.compile(
        rf"\b(?:child|infant|baby|toddler|kid|boy|girl|son|daughter)\s+(?P<n>\d{{1,3}})\s*"
        rf"(?:(?P<month>months?|mths?|mos?)|(?P<year>years?|yrs?))\b{_NOT_LASTING}",
        re.I,
    ),
    re.compile(
        rf"\b(?:newborn|neonate)\s+(?P<n>\d{{1,2}})\s*(?:(?P<day>days?)|(?P<week>weeks?))\b"
        rf"{_NOT_LASTING}",
        re.I,
    ),
)
_TWELFTHS = re.compile(r"(?<![\w/])(?P<n>\d{1,2})/12(?![\d/])")
_WEIGHT = re.compile(r"(?<![\w.])\d{1,3}(?:[.,]\d)?\s?(?:kg|kilos?)\b(?!\s*/)(?<!/kg)", re.I)


@dataclass(frozen=True, slots=True)
class Vital:
    """A value read: its name, value in the usual unit, where it stands, and "<" or ">" if given.

    Units: sbp mmHg, spo2 %, hr and rr per minute, temperature °C, gcs points, glucose mmol/L,
    muac mm.
    """

    name: str
    value: float
    start: int
    end: int
    comparator: str = ""


def read_vitals(text: str) -> list[Vital]:
    """Return every vital sign in the text, in the order of the text, none twice."""
    found: dict[tuple[str, int], Vital] = {}
    for name, patterns in _PATTERNS.items():
        for pattern in patterns:
            for hit in pattern.finditer(text):
                value = _convert(name, float(hit["value"].replace(",", ".")), hit)
                low, high = _RANGES[name]
                if low <= value <= high:
                    vital = Vital(name, value, *hit.span(), _comparator(hit))
                    found.setdefault((name, hit.end("value")), vital)
    return sorted(found.values(), key=lambda vital: vital.start)


def read_age(text: str) -> float | None:
    """Return the first age in months, None where no age is given."""
    first: tuple[int, float] | None = None
    for pattern in _AGES:
        for hit in pattern.finditer(text):
            groups = hit.groupdict()
            unit = next((u for u in MONTHS if groups.get(u)), "year")
            months = int(hit["n"]) * MONTHS[unit]
            if months <= 125 * 12 and (first is None or hit.start() < first[0]):
                first = (hit.start(), months)
    if first is not None:
        return first[1]
    twelfths = _TWELFTHS.search(text)
    return float(twelfths["n"]) if twelfths else None


def mentions_weight(text: str) -> bool:
    """True when a body weight such as "15 kg" stands in the text (not "5 mg/kg")."""
    return _WEIGHT.search(text) is not None


def _comparator(hit: re.Match[str]) -> str:
    sign = (hit.groupdict().get("cmp") or "").lower()
    if not sign:
        return ""
    return ">" if sign[0] in ">≥" or sign in ("above", "over") else "<"


def _convert(name: str, value: float, hit: re.Match[str]) -> float:
    """Bring a value to its usual unit; 0 where it cannot be one."""
    unit = (hit.groupdict().get("unit") or "").lower()
    if name == "sbp":
        lower = hit.groupdict().get("dia") or ""
        if lower.isdigit() and int(lower) >= value:
            return 0
        return value * 10 if value <= 25 and lower.isdigit() and int(lower) <= 16 else value
    if name == "temperature" and value >= 90:
        return round((value - 32) / 1.8, 1)
    if name == "glucose":
        if unit == "g/l":
            return value * 5.55
        return value / 18 if unit == "mg" or (not unit and value > 33.3) else value
    if name == "muac" and (unit == "cm" or value < 40):
        return value * 10
    return value
