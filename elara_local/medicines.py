"""What a sentence says of the medicines that a question names: gives them, others, or forbids.

Names stand for one another (aspirin, acetylsalicylic acid) as in content/drugs.toml. What is
not covered: names of several words, classes ("antibiotics"), an amount told before its
medicine. It knows words, no passage and no question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from unicodedata import normalize

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from elara_local.grounding.drugs import read_drugs
from elara_local.grounding.items import fold
from elara_local.grounding.routes import ROUTES
from elara_local.text import WORD, words

LONG = 8  # letters of a name that is known in another spelling
SLIPS = 2
NEAR = 160  # characters between a medicine and its amount: room for whom and what it is for
# Measured as often as given: meant as a medicine only where nothing else is.
MEASURED = frozenset(
    "glucose potassium calcium phosphate magnesium iron albumin urea oxygen cortisol testosterone "
    "bicarbonate alcohol ethanol iodine zinc lithium chlorine caffeine nicotine".split()
)
AMOUNT = re.compile(r"\d\s*(?:mg|g|micrograms?|ml|units?|mmol|l|drops|tablets?|iu)\b")
NOT_GIVEN = re.compile(
    r"^[ -]*(?:\([^)]*\) *)?(?:poisoning|overdose|toxicity|levels?|allergy|reaction|resist"
    r"|(?:is |are )?(?:not available|unavailable)|fails?\b)"
)
NO_HELP = re.compile(r"\b(?:not controlled|unresponsive|not respond\w*) (?:by|to|with) $")
FORBIDS = re.compile(
    r"\b(?:do not|never|must not|should not|cannot take|avoid)\b"
    r"(?! (?:stop|delay|withhold|wait|omit|skip|forget|miss|reduce))"
)
FORBIDDEN = re.compile(r"\b(?:contraindicated|(?:is|are) not (?:given|used|part))\b")
REACH = re.compile(
    r"[;.:]\s|\b(?:instead|without|because|until|unless|rather than|in place|before|while|give)\b"
)


def medicines_in(asked: Sequence[str]) -> list[str]:
    """Return the names of medicines among the words; accents and near spellings count too.

    "amoxicilina" is amoxicillin: a long word with at most two slips behind four right letters.
    """
    return [name for word in asked if (name := _as_medicine(word))]


@cache
def _as_medicine(word: str) -> str:
    plain = normalize("NFKD", word).encode("ascii", "ignore").decode()
    if plain in read_drugs() or len(plain) < LONG:
        return plain if plain in read_drugs() else ""
    alike = [name for name in read_drugs() if name[:4] == plain[:4] and " " not in name]
    found = process.extractOne(plain, alike, scorer=DamerauLevenshtein.distance, score_cutoff=SLIPS)
    return found[0] if found else ""


def states_dose(sentence: str, medicines: Sequence[str]) -> bool:
    """True when an amount follows one of these medicines, with no other one in between.

    "paracetamol poisoning" is no paracetamol given. With no medicine any amount will do.
    """
    text = sentence.casefold()
    if not medicines:
        return AMOUNT.search(text) is not None
    return any(_has_amount(after, medicine) for medicine, after in _given(text, medicines))


def is_named(sentence: str, medicines: Sequence[str]) -> bool:
    """True when the sentence names one of these medicines, other than as a poison."""
    return any(True for _ in _given(sentence.casefold(), medicines))


def gives_another(sentence: str, medicines: Sequence[str]) -> bool:
    """True when the sentence gives an amount of a medicine, but none of those asked about."""
    return bool(AMOUNT.search(sentence.casefold())) and names_another(sentence, medicines)


def names_another(text: str, medicines: Sequence[str]) -> bool:
    """True when a text names medicines, but none of those asked about."""
    if not medicines or any(_given(text.casefold(), medicines)):
        return False
    return any(word in read_drugs() for word in words(text))


def prohibits(sentence: str, medicines: Sequence[str]) -> bool:
    """True when "do not", "never" or the like reaches one of these medicines.

    "Do not delay X", "do not give Y instead of X" or "before X" forbid no X.
    """
    text = sentence.casefold()
    reached = [
        REACH.split(text[f.end() :].removeprefix(" give"), 1)[0] for f in FORBIDS.finditer(text)
    ]
    reached += [re.split(r"[;.]\s", text[: f.start()])[-1] for f in FORBIDDEN.finditer(text)]
    return any(found for part in reached for found in _given(part, medicines))


def routes_in(text: str) -> frozenset[str]:
    """Return the routes that a text names."""
    return frozenset(name for name, pattern in ROUTES if pattern.search(fold(text)))


def _given(text: str, medicines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield each medicine as named in the text and what follows, save as a poison or as missing."""
    for medicine in medicines:
        for name in names_of(medicine):
            for found in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text):
                after = text[found.end() : found.end() + NEAR]
                if not NOT_GIVEN.match(after) and not NO_HELP.search(text[: found.start()]):
                    yield medicine, after


def _has_amount(after: str, medicine: str) -> bool:
    known, amount = read_drugs(), AMOUNT.search(after)
    between = WORD.finditer(after, 0, amount.start()) if amount else ()
    return amount is not None and not any(
        found.group() in known
        and known[found.group()] != known.get(medicine)
        and not NOT_GIVEN.match(after[found.end() :])
        for found in between
    )


@cache
def names_of(medicine: str) -> tuple[str, ...]:
    """Return every name of a medicine; of an unknown one the name itself."""
    known = read_drugs()
    if medicine not in known:
        return (medicine,)
    return tuple(name for name, drug in known.items() if drug == known[medicine])
