"""A long message condensed to what is searched: what it asks, and its telling words.

What is covered: greetings, thanks and the story around a question are left out; sentences that
ask stay whole; of the others those words stay that the sources use more than everyday English
does ("convulsion", "pregnant"), numbers, medicines, every rare or unknown word, and what
elara_local.synonyms knows. What is not
covered: which of several matters is meant; negations and who is ill are not understood; messages
in other languages stay as they are. Only the search reads the result: the emergency and refusal
rules, the patient's details and the check read the message as it was written. It knows words
and how common they are, no index.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

from elara_local.text import WORD

LONG = 30  # words; a shorter message is searched as it stands
TELLING = 3.0  # times as common in the sources as in everyday English
EVERYDAY = 3.0  # Zipf frequency, as in elara_local.spelling: below it a word is rare
COMMON = 4.0  # Zipf frequency from which a word that no source holds is small talk
PASSAGE_WORDS = 70  # words of a passage of the handbook, about
ENDS = re.compile(r"(?<=[.!?])\s+|\n+")  # messages seldom begin a sentence with a capital
ASKS = re.compile(
    r"^(?:and |so |but |now |please |kindly |doctor,? )*(?:what|which|how|when|where|why|who|is|"
    r"are|can|could|should|shall|must|do|does|will|would|may|any advice|advise|tell me|"
    r"i want to know|i would like to know|i need to know|help)\b",
    re.IGNORECASE,
)
PLAIN = re.compile(
    r"^(?:can|could|would|will) (?:you|anyone|someone|somebody) (?:please )?(?:help|advise|assist)|"
    r"^(?:please |kindly )*(?:help|advise)\b|^how are you|^i hope",
    re.IGNORECASE,
)


def condense(text: str, share: Callable[[str], float], kept: Collection[str] = ()) -> str:
    """Return what is searched of a message; a short one as it stands.

    `share` gives the share of the index's passages, 0 to 1, that hold a word; phrases in `kept`
    stay as they are written.
    """
    if len(WORD.findall(text)) < LONG:
        return text
    parts = list(kept)
    for sentence in filter(None, ENDS.split(text)):
        if _asks(sentence):
            parts.append(sentence)
        else:
            parts += [w.group() for w in WORD.finditer(sentence) if is_telling(w.group(), share)]
    told = " ".join(dict.fromkeys(parts))
    return told if len(WORD.findall(told)) > 1 else text


def is_telling(word: str, share: Callable[[str], float]) -> bool:
    """True for a number, a rare word, and a word the sources use more than everyday English."""
    from wordfreq import zipf_frequency

    if word[0].isdigit():
        return True
    zipf = zipf_frequency(word.casefold(), "en", "small")
    if zipf < EVERYDAY:
        return True
    held = share(word)
    return zipf < COMMON if not held else held / PASSAGE_WORDS >= TELLING * 10 ** (zipf - 9)


def _asks(sentence: str) -> bool:
    bare = sentence.strip()
    if PLAIN.search(bare):
        return False
    return bare.endswith("?") or bool(ASKS.match(bare))
