"""Plain text: clean it, cut it into sentences, cut it into words.

Everything that reads words (screening, search, the grounding check, the citation reader)
cuts them here, so that two rooms never disagree about where a sentence ends.

What is covered: hidden characters, decimals ("2.4 mg"), abbreviations ("e.g.", "i.v.",
"Dr.", "approx."), list marks ("1."), bullets, line breaks, closing quotes and brackets.
What is not covered: sentences without a full stop on one line, languages written without
spaces (only their full stops 。！？ are known), abbreviations of other languages.
This module knows no engine, no file and no medicine.
"""

from __future__ import annotations

import re
import unicodedata

# Characters that hide or reorder text: category Cf holds zero-width marks, bidi controls,
# soft hyphens and the tag characters; Cc holds NUL and control characters.
HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
LINE_BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"

# A full stop after one of these never ends a sentence.
ABBREVIATIONS = frozenset(
    "dr mr mrs ms prof st approx vs cf viz incl esp resp eg ie iv im sc po bd tds qid prn".split()
)
# ... and after one of these only when no digit follows ("No. 5", "max. 60 mg").
BEFORE_NUMBERS = frozenset("no nos fig figs vol p pp max min ca ref chap sec wt hr hrs".split())
DOTTED = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")  # i.v  e.g  q.i.d
LIST_MARK = re.compile(r"[-*•‣▪◦–]?\s*\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})")

BULLETS = "•‣▪◦●"
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"  # a reference mark after a stop belongs to the sentence that it ends
END = re.compile(
    rf"[{LINE_BREAKS}]+|[{BULLETS}]"
    rf"|[.!?…]+[\"'”’)\]»*_`]*(?:[{RAISED}][{RAISED},–-]*)?(?=\s|$)|[。！？।]+[”’」』）]*"
)
TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|\.(?=[^\W\d_]))*$")
VISIBLE = re.compile(r"\S")

MARKS = "\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957"
WORD = re.compile(rf"\d+(?:[.,·]\d+)*|[^\W\d_](?:[^\W_]|[{MARKS}])*(?:['’](?:t|s|re|ve|ll|d|m)\b)?")


def clean_text(text: str, limit: int) -> str:
    """Return the text in NFC without hidden characters, white space folded, cut at `limit`.

    A run of white space becomes one space, or one line break where the run holds a line break
    (a line break ends a sentence, and with it the reach of a "no"). NUL, control, bidirectional,
    zero-width, tag, private and unassigned characters are dropped. `limit` counts characters.
    """
    if not text.replace("\n", "").isprintable():  # most text is, and then no character is looked at
        text = text.translate({ord(char): _shown(char) for char in set(text)})
    if not text.isascii():
        text = unicodedata.normalize("NFC", VARIATION_SELECTORS.sub("", text))
    if not text.isprintable() or "  " in text:
        lines = (" ".join(line.split()) for line in text.split("\n"))
        text = "\n".join(line for line in lines if line)
    return text.strip()[: max(limit, 0)].strip()


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return (start, end) of every sentence, in order, without the white space around it.

    Every character that is not white space lies in exactly one span; a bullet or list mark
    belongs to the sentence it opens. Where a sentence ends depends only on what precedes
    the stop and on the first visible character after it, so a reader of a stream may trust
    every span but the last.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for position in _ends(text):
        span = _trim(text, start, position)
        if span is not None:
            spans.append(span)
        start = position
    last = _trim(text, start, len(text))
    return [*spans, last] if last is not None else spans


def words(text: str) -> list[str]:
    """Return the words of the text, casefolded; accents stay, "2.4" and "1,000" are one word.

    Hyphenated words are cut at the hyphen, "don't" and "woman's" stay whole, "3mg" is two
    words, "spo2" is one.
    """
    composed = unicodedata.normalize("NFC", text)
    return [found.group().casefold().replace("’", "'") for found in WORD.finditer(composed)]


def _shown(char: str) -> str:
    """What stands for a character once hidden ones are gone: "" for those."""
    if char in LINE_BREAKS:
        return "\n"
    return "" if char != "\t" and unicodedata.category(char) in HIDDEN_CATEGORIES else char


def _ends(text: str) -> list[int]:
    """Offsets at which a new sentence begins, ascending."""
    ends: list[int] = []
    start = 0
    for found in END.finditer(text):
        mark = found.group()
        if mark in BULLETS:
            start = found.start()
        elif mark[0] in LINE_BREAKS or _is_end(text, start, found):
            start = found.end()
        else:
            continue
        ends.append(start)
    return ends


def _is_end(text: str, start: int, found: re.Match[str]) -> bool:
    """True when the stop that was found ends the sentence that began at `start`."""
    mark = found.group()
    if mark[0] != ".":
        return True
    following = _first_visible(text, found.end())
    if following.islower():
        return False
    before = text[start : found.start()].lstrip()
    if LIST_MARK.fullmatch(before):
        return False
    token = _last_token(before)
    if token in ABBREVIATIONS or DOTTED.fullmatch(token):
        return False
    return not (token in BEFORE_NUMBERS and following.isdigit())


def _last_token(before: str) -> str:
    """The letters and dots just before the stop, casefolded: "i.v" of "give i.v"."""
    tail = TOKEN.search(before[-16:])
    return tail.group().casefold() if tail else ""


def _first_visible(text: str, position: int) -> str:
    found = VISIBLE.search(text, position)
    return found.group() if found else ""


def _trim(text: str, start: int, end: int) -> tuple[int, int] | None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return (start, end) if start < end else None
