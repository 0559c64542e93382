"""Numbers written as words, in five languages, turned into digits in their place.

"sats eighty six" becomes "sats         86": the text keeps its length, so that a place in one is
the same place in the other. What is covered: whole numbers from 1 to 299 as they are said in a
ward, a decimal said with "point", "virgule", "coma", "vírgula" or "nukta", accents or none. What
is not covered: fractions, ordinals, numbers said digit by digit ("one two zero"). It knows no
vital sign.
"""

from __future__ import annotations

import re
from functools import cache

_UNITS = (
    "one two three four five six seven eight nine",
    "un deux trois quatre cinq six sept huit neuf",
    "uno dos tres cuatro cinco seis siete ocho nueve",
    "um dois três quatro cinco seis sete oito nove",
    "moja mbili tatu nne tano sita saba nane tisa",
)
_TEENS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
    "dez onze doze treze catorze quinze dezasseis dezassete dezoito dezanove",
)
_TENS = (
    "twenty thirty forty fifty sixty seventy eighty ninety",
    "vingt trente quarante cinquante soixante soixante-dix quatre-vingts quatre-vingt-dix",
    "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
    "vinte trinta quarenta cinquenta sessenta setenta oitenta noventa",
    "ishirini thelathini arobaini hamsini sitini sabini themanini tisini",
)
_OTHERS = {
    "quatre-vingt": 80,
    "hundred": 100,
    "a hundred": 100,
    "cent": 100,
    "cien": 100,
    "ciento": 100,
    "cem": 100,
    "cento": 100,
    "mia": 100,
    "doscientos": 200,
    "duzentos": 200,
    "kumi": 10,
    "dezesseis": 16,
    "dezessete": 17,
    "dezenove": 19,
    "veintiuno": 21,
    "veintidós": 22,
    "veintitrés": 23,
    "veinticuatro": 24,
    "veinticinco": 25,
    "veintiséis": 26,
    "veintisiete": 27,
    "veintiocho": 28,
    "veintinueve": 29,
}
_FLAT = str.maketrans("áéíóúâêôãõçàè", "aeiouaeoaocae")
_BETWEEN = r"(?:[\s-]+(?:(?:and|et|y|e|na)[\s-]+)?)"
_POINT = r"[\s-]+(?:point|virgule|coma|v[ií]rgula|nukta)[\s-]+"
LARGEST = 299


@cache
def _values() -> dict[str, int]:
    """What each word stands for, without accents."""
    found = dict(_OTHERS)
    for first, step, tables in ((1, 1, _UNITS), (10, 1, _TEENS), (20, 10, _TENS)):
        for table in tables:
            found |= {word: first + step * at for at, word in enumerate(table.split())}
    found |= {word.replace("-", " "): value for word, value in found.items()}
    return {word.translate(_FLAT): value for word, value in found.items()}


@cache
def _pattern() -> re.Pattern[str]:
    words = sorted(_values(), key=len, reverse=True)
    one = "(?:" + "|".join(re.escape(word).replace(r"\ ", r"[\s-]") for word in words) + ")"
    run = rf"{one}(?:{_BETWEEN}{one})*"
    return re.compile(
        rf"(?<![^\W_])(?<!pour )(?<!por )(?P<whole>{run})(?:{_POINT}(?P<part>{one}))?(?![^\W_])",
        re.I,
    )


def write_digits(text: str) -> str:
    """Return the text, of the same length, with each number word or run of them as digits.

    A run that makes no number ("five twenty") is left as it stands.
    """
    flat = text.casefold().translate(_FLAT)
    if len(flat) != len(text):
        return text
    parts, last = [], 0
    for hit in _pattern().finditer(flat):
        digits = _read(hit["whole"])
        if digits and hit["part"]:
            digits = f"{digits}.{_read(hit['part'])}"
        if digits and len(digits) <= hit.end() - hit.start():
            parts += [text[last : hit.start()], digits.rjust(hit.end() - hit.start())]
            last = hit.end()
    return "".join([*parts, text[last:]])


def _read(run: str) -> str:
    """The digits of a run of number words, "" where it makes no number."""
    values, total, words = _values(), 0, re.split(r"[\s-]+", run)
    place, least = 0, 1000
    while place < len(words):
        size = next((s for s in (4, 3, 2, 1) if " ".join(words[place : place + s]) in values), 0)
        if not size:
            place += 1  # "and"
            continue
        value = values[" ".join(words[place : place + size])]
        joined = _join(total, value, least, words[place - 1])
        if not joined:
            return ""
        least = 100 if value >= 100 or joined % 100 == 0 else 10 if value >= 20 else 1
        total = joined
        place += size
    return str(total) if 0 < total <= LARGEST else ""


def _join(total: int, value: int, least: int, before: str) -> int:
    """The number so far with the next word's value; 0 where the two make no number."""
    if value == 100 and 0 < total < 3:
        return total * 100  # "two hundred"
    if total == 100 and value < 3 and before == "mia":
        return value * 100  # "mia moja": one hundred
    if total == 1 and 10 <= value < 100:
        return 100 + value  # "one forty over eighty", as pressures are said
    if 10 <= value < 20 and before in ("soixante", "vingt", "vingts"):
        return total + value  # "soixante-douze"
    return 0 if total and value >= least else total + value
