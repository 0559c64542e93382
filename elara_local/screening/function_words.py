"""Counting the small words of five languages in a text: which of them it may be written in.

The words are content/language.toml. Good for short clinical questions in the languages of the
window; says nothing of any other language (that is `language`'s) and nothing of meaning.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from elara_local.errors import WrongFile
from elara_local.roles import LANGUAGES
from elara_local.screening.phrases import fold, tokens

WORDS_FILE = Path(__file__).resolve().parent.parent / "content" / "language.toml"
FEWEST_WORDS = 20


@cache
def read_function_words(path: Path = WORDS_FILE) -> dict[str, frozenset[str]]:
    """Return the folded function words of each language.

    Raises:
        WrongFile: the file is absent, is not TOML, or a language has too few words.
    """
    hint = "Mend the file or put back the one that came with Elara."
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        lists = {code: str(data["words"][code]).split() for code in LANGUAGES}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error!r}.", hint) from error
    for code, words in lists.items():
        if len(words) < FEWEST_WORDS:
            raise WrongFile(f"{path.name} has only {len(words)} words for '{code}'.", hint)
    return {code: frozenset(fold(word) for word in words) for code, words in lists.items()}


def count_function_words(words: Iterable[str]) -> dict[str, float]:
    """Return for each language the weight of its function words among folded words.

    A word that several languages share counts for each of them by its share (1/2, 1/3, ...),
    so that it decides nothing alone.
    """
    lists = read_function_words()
    weights = dict.fromkeys(lists, 0.0)
    for word in words:
        sharing = [code for code, listed in lists.items() if word in listed]
        for code in sharing:
            weights[code] += 1 / len(sharing)
    return weights


def likely_languages(text: str) -> frozenset[str]:
    """Return the language or languages whose function words weigh most; all five if none does."""
    weights = count_function_words(token.word for token in tokens(text))
    best = max(weights.values())
    return frozenset(code for code, weight in weights.items() if weight >= 0.8 * best)
