"""How vital signs, ages and weights are written: the expressions that `vitals` reads with.

They are written for text without accents and in any case (`vitals` takes the accents off). Labels
may be followed by "is", ":", "=" and the like in five languages, by a comparator, and directly by
the number. This module knows no threshold and no rule.
"""

from __future__ import annotations

import re

_SEP = (
    r"(?:\s*(?:is|was|of|at|est|de|a|es|em|ni|ya|on|now|around|about|only|just|:|=|~|≈|-)\s*"
    r"|\s+){0,3}"
)
_CMP = (
    r"(?P<cmp><=|>=|<|>|≤|≥|under|below|above|over|less than|more than|moins de|plus de|menos de"
    r"|mas de|mais de|menor|chini ya|zaidi ya)?\s*"
)
_NUM = r"(?P<value>\d{1,3}(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d)"
_LABEL = r"(?<![^\W\d_]|/)"  # no letter and no slash before: "86%RR 52" is read
_END = r"(?![^\W\d_])"
_NOT_A_DOSE = r"(?!\s*(?:mg|mcg|µg|g\b|ml|iu|units?|tabs?|tablets?))"
_OVER = r"\s*(?:/|x|over|sur|sobre|por|juu ya)\s*"


def _labelled(names: str, number: str = _NUM, after: str = "") -> re.Pattern[str]:
    return re.compile(rf"{_LABEL}(?:{names}){_END}{_SEP}{_CMP}{number}{after}", re.IGNORECASE)


_PRESSURE = (
    r"b\.?p|b/p|blood pressure|t\.?a|p\.?a|tension(?: arterielle)?|pression(?: arterielle)?"
    r"|presion(?: arterial)?|tension(?: arterial)?|pressao(?: arterial)?"
    r"|shinikizo(?: la damu)?|presha"
)
VITALS: dict[str, tuple[re.Pattern[str], ...]] = {
    "sbp": (
        _labelled(_PRESSURE, rf"(?P<value>\d{{1,3}}){_OVER}(?P<dia>\d{{1,3}}|palp\w*|p\b)"),
        _labelled(
            r"sbp|systolic(?: b\.?p| blood pressure| pressure)?|pas|tas|systolique|sistolica"
            r"|(?:b\.?p|blood pressure) (?:of |is |was )?systolic"
        ),
        _labelled(
            _PRESSURE, r"(?P<value>[4-9]\d|1\d\d|2[0-5]\d)(?![\d.,]*\d|\s*[/x%])", _NOT_A_DOSE
        ),
        _labelled(
            r"t\.?a|tension", r"(?P<tens>)(?P<value>[4-9]|1\d|2[0-5])(?![\d/.,x])", _NOT_A_DOSE
        ),
        re.compile(r"(?<![\w/.])(?P<value>\d{2,3})\s*/\s*(?P<dia>\d{2,3})\s*mm\s?hg", re.I),
        re.compile(r"(?<![\w/.])(?P<value>\d{2,3})\s*(?:mm\s?hg\s+)?systolic", re.I),
        re.compile(
            r"(?<![\w/.-])(?P<value>[4-9]\d|1\d\d|2[0-5]\d)/(?P<dia>[2-9]\d|1[0-4]\d)(?![\w/])"
            + _NOT_A_DOSE
        ),
    ),
    "spo2": (
        _labelled(
            r"sp\s?o2|s[ap]o2|sats?(?: (?:of )?o2)?|o2(?: sats?| saturation)?|pulse ox(?:imetry)?"
            r"|(?:oxygen )?saturations?(?: en oxygene)?|(?:oxygen|o2) (?:levels?|readings?|sats?)"
            r"|saturacion(?: de oxigeno)?|saturacao(?: de oxigenio)?|saturando|saturating"
            r"|kiwango cha oksijeni|oksijeni",
            r"(?P<value>\d{2,3}(?:[.,]\d)?)(?![\d/]|[.,]\d)",
            r"(?!\s*(?:l\b|l/|litres?|liters?|lpm|days?|hours?))",
        ),
        _labelled(
            r"oxygen|o2",
            r"(?P<value>[5-9]\d|100)(?![\d/]|[.,]\d)",
            r"(?!\s*%?\s*(?:l\b|l/|litre|liter|lpm|mask|venturi|fio2|by|via|nasal|flow|day|hour|min))",
        ),
        re.compile(
            r"(?<![\w.])(?P<value>\d{2,3})\s?%\s*(?:on|in|a l|en|em|al|sous|kwa)?\s*"
            r"(?:room air|ra\b|air\b|air ambiant|aire ambiente|ar ambiente|oxygen|o2)",
            re.I,
        ),
    ),
    "hr": (
        _labelled(
            r"hr|heart(?: ?rate| ?beats?| beating)|(?:fast|racing) heart,?|pulse(?: rate)?"
            r"|p(?=\s?(?:[4-9]\d|[12]\d\d)\b)|fc|frequence cardiaque"
            r"|pouls|frecuencia cardiaca|frequencia cardiaca|pulso|mapigo(?: ya moyo)?"
        ),
        re.compile(r"(?<![\w.])(?P<value>\d{2,3})\s?(?:bpm|beats (?:per|a) min)", re.I),
    ),
    "rr": (
        _labelled(
            r"rr|resp(?:s|irations?|iratory)?(?:\.? rate)?|breathing(?: rate)?|breathes|fr"
            r"|frequence respiratoire|frecuencia respiratoria|frequencia respiratoria"
            r"|kasi ya kupumua|anapumua(?: mara)?",
            r"(?P<value>\d{1,3})(?![\d/]|[.,]\d)",
            r"(?!\s*(?:days?|weeks?|hours?|h\b|gauge))",
        ),
        re.compile(
            r"(?<![\w.])(?P<value>\d{2,3})\s?(?:breaths?(?: (?:per|a) |/)min|respirations?/min"
            r"|resp/min|rpm\b|cpm\b|breaths)",
            re.I,
        ),
    ),
    "temperature": (
        _labelled(
            r"t°?|temp(?:erature)?(?: c| f)?|temperatura|joto(?: la mwili)?|fever|fievre"
            r"|fiebre|febre|homa|febrile",
            r"(?P<value>(?:2[5-9]|3\d|4[0-5])(?:[.,]\d{1,2})?|(?:9[0-9]|10\d|11[0-3])(?:\.\d)?)"
            r"(?![\d/]|[.,]\d)",
            r"(?!\s*(?:days?|weeks?|h\b|hours?|jours|dias?|siku|%))",
        ),
        re.compile(r"(?<![\w.])(?P<value>(?:2[5-9]|3\d|4[0-5])(?:[.,]\d{1,2})?)\s?°?\s?c\b", re.I),
        re.compile(r"(?<![\w.])(?P<value>(?:9\d|10\d|11[0-3])(?:\.\d)?)\s?°?\s?f\b", re.I),
        re.compile(
            r"(?<![\w.])(?P<value>3[5-9]|4[0-3])(?:[.,]\d)? (?:de|degrees|degres|grados|graus"
            r"|nyuzi)(?: (?:de )?(?:temperatur[ae]|fievre|fiebre|febre|c\b|celsius))?\b"
            r"(?! (?:ans|anos|la|el|le|un|una))",
            re.I,
        ),
    ),
    "gcs": (
        _labelled(
            r"gcs|glasgow(?: coma)?(?: (?:scale|score))?|score de glasgow|ecgw?",
            r"(?:score\s*)?(?P<value>1[0-5]|[3-9])(?:\s*/\s*15)?(?!\d)",
        ),
        re.compile(
            r"(?<![^\W_])e\s?(?P<value>[1-4])\s?[,/ ]?\s?v\s?(?P<verbal>[1-5t])\s?[,/ ]?\s?"
            r"m\s?(?P<motor>[1-6])(?!\d)",
            re.I,
        ),
        re.compile(r"(?<![^\W_])avpu\s*(?:score)?\s*[:=\s]\s*(?P<avpu>[vpu])(?![^\W_])", re.I),
    ),
    "crt": (
        _labelled(
            r"crt|crft|cap(?:illary)? refill(?: time)?|trc|temps de recoloration(?: cutanee)?"
            r"|llenado capilar|enchimento capilar|preenchimento capilar",
            r"(?P<value>\d{1,2})(?!\d)",
        ),
    ),
    "glucose": (
        _labelled(
            r"(?:blood |capillary )?(?:glucose|sugar)(?: level)?|fingerstick(?: glucose)?|rbs|cbg"
            r"|fbs|bgl?|bm|glycemie|dextro|glucemia|glicemia|glicose|sukari(?: ya damu)?|glucosa",
            r"(?P<value>\d{1,4}(?:[.,]\d{1,2})?)(?![\d/]|[.,]\d)",
            r"\s*(?P<unit>mmol|mg|g/l|%)?",
        ),
    ),
    "muac": (
        _labelled(
            r"muac|mid upper arm circumference|perimetro braquial|perimetre brachial|pmb"
            r"|pb(?=\W{1,3}\d{2,3}(?:[.,]\d)?\s*(?:mm|cm))",
            r"(?P<value>\d{1,3}(?:[.,]\d)?)(?![\d/])",
            r"\s*(?P<unit>mm|cm)?",
        ),
    ),
}
RANGES = {
    "sbp": (20, 300),
    "spo2": (20, 100),
    "hr": (10, 320),
    "rr": (1, 150),
    "temperature": (25, 45),
    "gcs": (3, 15),
    "crt": (1, 20),
    "glucose": (0.1, 100),
    "muac": (40, 500),
}
_UNIT = (
    r"(?:(?P<day>days?|d|jours?|dias?|siku)|(?P<week>weeks?|wks?|w|semaines?|semanas?|wiki)"
    r"|(?P<month>months?|mths?|mos?|m|mois|mes(?:es)?|miezi|mwezi)"
    r"|(?P<year>years?|yrs?|y|ans?|anos?|miaka|mwaka))"
)
_BORN = (
    r"(?:bebes?|nourrisson|nouveau-ne|enfant|garcon|fille|nin[oa]|recien nacid[oa]|lactante"
    r"|crianca|recem-nascid[oa]|menin[oa]|femme|homme|mujer|hombre|mulher|homem"
    r"|paciente|patiente?|agee?s?|edad|idade)"
)
_NOT_LASTING = r"(?!\s+(?:ago|of (?!age)|later|cough|fever|diarrh|vomit|weight|hist|with no|since))"
AGES = (
    re.compile(rf"(?<![\w.])(?P<n>\d{{1,3}})[\s-]*{_UNIT}[\s-]*(?:old|of age|o\b|/o\b)", re.I),
    re.compile(r"(?<![\w.])(?P<n>\d{1,3})\s?(?:y|yr|yrs|yo)\s?(?:/?o\s?)?(?P<year>[mf])?\b", re.I),
    re.compile(r"(?<![\w.])(?P<n>[1-9]?\d)\s?(?P<year>[mf])\b(?!/)(?<!9[5-9]f)(?<!9[5-9] f)", re.I),
    re.compile(rf"\baged?\s*:?\s*(?P<n>\d{{1,3}})\s*{_UNIT}?(?!\w)", re.I),
    re.compile(rf"\b{_BORN}\s+(?:(?:de|com|con|d['’])\s*)?(?P<n>\d{{1,3}})\s*{_UNIT}(?!\w)", re.I),
    re.compile(
        r"(?<!il y a )(?<!hace )(?<!ha )(?<!depuis )(?<!desde )(?<!\w)"
        r"(?P<n>\d{1,3})\s*(?P<year>ans|anos)(?!\w)(?!\s+(?:atras|plus))",
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
        rf"\b(?:newborn|neonate|baby)\s+(?P<n>\d{{1,2}})\s*(?:(?P<day>days?)|(?P<week>weeks?))\b"
        rf"{_NOT_LASTING}",
        re.I,
    ),
    re.compile(r"(?<![\w.])(?P<n>\d{1,2})[\s-](?P<day>days?)[\s-](?:baby|infant|newborn)", re.I),
)
TWELFTHS = re.compile(r"(?<![\w/])(?P<n>\d{1,2})/12(?![\d/])")
WEIGHT = re.compile(r"(?<![\w.])\d{1,3}(?:[.,]\d)?\s?(?:kg|kilos?)\b(?!\s*/)(?<!/kg)", re.I)
