"""Which language a question is written in: a code, or "unknown" when the text can't tell.

What is covered: the script first (a script of one language decides), then the function words of
en, fr, es, pt and sw for short clinical questions (`function_words`), then langdetect, seeded, for
longer text in its other languages. Numbers, units and capitals are set aside. What is not covered:
languages that langdetect takes for another (Hausa, Lingala, Oromo, Zulu ... may come back as
Swahili or Somali when a text is long): the window must offer a correction by one tap. Never raises.
"""

from __future__ import annotations

import unicodedata
from collections import Counter

from elara_local.screening.function_words import count_function_words
from elara_local.screening.phrases import tokens
from elara_local.text import clean_text

UNKNOWN = "unknown"
FEWEST_WEIGHT = 1.0  # function words needed to decide by themselves
CLEAR_LEAD = 1.3  # how many times the next language's weight
LONG_ENOUGH = 40  # letters from which langdetect is asked
SURE = 0.90  # its probability from which it is believed
LOOKED_AT = 2000  # characters read
# Scripts of which one language of those a clinic may meet is by far the commonest.
SCRIPTS = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "THAI": "th",
    "GREEK": "el",
    "HEBREW": "he",
    "BENGALI": "bn",
    "TAMIL": "ta",
    "TELUGU": "te",
    "GUJARATI": "gu",
    "GURMUKHI": "pa",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "MYANMAR": "my",
    "KHMER": "km",
    "LAO": "lo",
    "SINHALA": "si",
    "ETHIOPIC": "am",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
}
SHARED_SCRIPTS = {  # of several languages: langdetect chooses among these
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "CYRILLIC": ("ru", "uk", "bg", "mk"),
}
OURS = ("en", "fr", "es", "pt", "sw")


def detect(text: str) -> str:
    """Return the language code of the text ("en", "fr", "ar" ...), or "unknown". Never raises."""
    try:
        return _detect(clean_text(text[:LOOKED_AT], LOOKED_AT))
    except Exception:  # noqa: BLE001 - the window then asks for the language instead
        return UNKNOWN


def _detect(text: str) -> str:
    script = _script(text)
    if script in SCRIPTS:
        return SCRIPTS[script]
    if script in SHARED_SCRIPTS:
        guess, _ = _guess(text)
        return guess if guess in SHARED_SCRIPTS[script] else UNKNOWN
    if script != "LATIN":
        return UNKNOWN
    words = [token.word for token in tokens(text) if not token.word[0].isdigit()]
    weights = sorted(count_function_words(words).items(), key=lambda pair: -pair[1])
    (best, weight), (_, second) = weights[0], weights[1]
    dense = weight >= 0.15 * len(words)
    if weight >= FEWEST_WEIGHT and weight >= CLEAR_LEAD * second and dense:
        return best
    return _ask_langdetect(" ".join(words), dict(weights))


def _ask_langdetect(text: str, weights: dict[str, float]) -> str:
    """Decide a Latin text by langdetect, if it is long enough and sure, and not contradicted."""
    if len(text) < LONG_ENOUGH:
        return UNKNOWN
    guess, sure = _guess(text)
    if sure < SURE or (guess in OURS and weights[guess] == 0):
        return UNKNOWN
    return guess


def _script(text: str) -> str:
    """Return the script of most letters; kana before CJK, for Japanese is written in both."""
    seen = Counter(
        unicodedata.name(char, "NONE").split(" ")[0].split("-")[0]
        for char in text
        if char.isalpha()
    )
    if not seen:
        return ""
    if seen["HIRAGANA"] + seen["KATAKANA"] > 0.1 * sum(seen.values()):
        return "HIRAGANA"
    return seen.most_common(1)[0][0]


def _guess(text: str) -> tuple[str, float]:
    """Ask langdetect, seeded so that the same text gets the same answer."""
    from langdetect import DetectorFactory, detect_langs

    DetectorFactory.seed = 0
    found = detect_langs(text)
    return (str(found[0].lang).split("-")[0], float(found[0].prob)) if found else (UNKNOWN, 0.0)
