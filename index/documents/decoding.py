"""From bytes to text, so that no dose changes silently on the way.

The rule, in this order:
1. A byte order mark decides (UTF-8, UTF-16, UTF-32).
2. Text in which every second byte is NUL is UTF-16 without its mark. Other NULs: no text.
3. What is valid UTF-8 is UTF-8, whatever is declared: by chance that hardly ever happens.
4. What is UTF-8 but for at most one character in a thousand: the damaged characters become
   U+FFFD, and `outlines.settle` leaves out the block that holds one and says so.
5. The declared encoding, when every byte has a meaning in it.
6. Windows-1252, but only when nothing in the text speaks against it: the same byte is "½" in
   one old encoding and "«" in another, "≤" in one and "²" in another. A sign beside a number
   or a unit that is not usual there, a lone « or », or an unassigned byte: refused.
What is not covered: a text that declares a wrong encoding in which all its bytes have a
meaning. This module knows no format.
"""

from __future__ import annotations

import codecs
import re

from elara_local.errors import WrongFile

UNREADABLE = "\ufffd"
MOST_UNREADABLE = 0.001  # of the characters; above it a text is refused
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
PROBE = 4096  # bytes looked at for NULs in every second place
# As browsers do: what calls itself Latin-1 or ASCII is Windows-1252.
WESTERN = frozenset({"iso8859-1", "ascii", "cp1252"})
# Encodings of seven bits or of running text that may hide anything.
NEVER = ("utf-7", "utf_7", "iso2022", "hz", "punycode", "idna", "unicode", "raw", "escape")
# Windows-1252 signs that are usual after a number, and before one.
SAFE = "°±²³¹µ¼½¾×÷·–—‘’“”…•†‡€£‰™®©ºª\u00a0"
LEADING = "–—×·°µ²³¹¼½¾±÷‘’“”«»€£§†‡•…\u00a0"
AGAINST = re.compile(
    rf"\d[^\x00-\x7f{SAFE}]"  # 5æ, 38ø, 1«
    rf"|\d[ \u00a0](?!à )[^\x00-\x7f{SAFE}«»](?![^\W\d_]{{2}})"  # "5 ó 6"; not "3 été"
    rf"|[^\x00-\x7f{LEADING}]\d"  # ageò65
    rf"|(?<![^\W\d_])[^\x00-\x7f{LEADING}àÀ]\s{{0,3}}\d"  # "ñ 5"; not "café 5", "à 5"
    r"|(?<![^\W\d_])æ(?:g|l|L|mol|kat|m|M|Ci)\b"  # µg on old computers
    r"|[²³]\s{0,3}\d|[\s>][²³]|[²³][a-z]"  # the Macintosh's ≤ and ≥
    # the m² and é of old computers; Chinese
    r"|\b[ckmd]?m[ýü]\b|\w[‚ƒ„ˆ‹˜]|\w[”•€]\w|€[^\W\d_]|[¡¨©®][^\x00-\x7f]"
    r"|\d — ?\d"  # the Macintosh's ó: 5 or 6
    r"|[^\W\d_][¼½¾]|[¼½¾][^\W\d_]"  # c½ur: Latin-9's œ
    r"|[¬¤¦¸ÐÞþð]|Ã[\u0080-¿]|Â[\u0080-¿]|â€"  # not English, French, Spanish, Portuguese
    r"|[À-ÿ]{3}"  # Cyrillic, Greek, Arabic
)
WAY_OUT = "Save it as UTF-8 text and add it again."


def decode(data: bytes, declared: str = "") -> str:
    """Return the text of the bytes, without its byte order mark.

    Args:
        data: the whole file.
        declared: the encoding that the file itself names; "" where it names none.

    Raises:
        WrongFile: it is no text, or its encoding can't be told without a guess at doses.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], name)
    if b"\x00" in data:
        return _strict(data, _wide(data[:PROBE]))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _mended(data) or _declared(data, declared) or _western(data)


def tell_encoding(data: bytes, declared: str = "") -> str:
    """Return the encoding in which `decode` would read a file that begins like this."""
    for mark, name in MARKS:
        if data.startswith(mark):
            return "utf-8-sig" if name == "utf-8" else name[:6]
    if b"\x00" in data:
        return _wide(data[:PROBE])
    return known_name(declared) or "utf-8"


def known_name(declared: str) -> str:
    """Return Python's name of an encoding that may be trusted, or ""."""
    try:
        name = codecs.lookup(declared.strip().strip("\"'")).name
        "".encode(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    if any(part in name for part in NEVER):
        return ""
    return "cp1252" if name in WESTERN else name


def _strict(data: bytes, name: str) -> str:
    try:
        return data.decode(name)
    except UnicodeDecodeError as error:
        mended = _mended(data) if name == "utf-8" else ""
        if mended:
            return mended
        raise WrongFile(f"it is not the {name} text that it seems to be.", WAY_OUT) from error


def _wide(head: bytes) -> str:
    """The kind of UTF-16 without a mark, by where its NULs are."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    most = len(head) // 2
    if odd > 0.4 * most and even <= 0.02 * most:
        return "utf-16-le"
    if even > 0.4 * most and odd <= 0.02 * most:
        return "utf-16-be"
    raise WrongFile("it is no text: it holds bytes of zero.", "Add the document it was made from.")


def _mended(data: bytes) -> str:
    """UTF-8 with a few damaged characters, or "" where it rather is something else."""
    text = data.decode("utf-8", errors="replace")
    damaged = text.count(UNREADABLE)
    whole = len(data) - len(text) > damaged  # some characters of more than one byte are whole
    return text if whole and damaged <= MOST_UNREADABLE * len(text) else ""


def _declared(data: bytes, declared: str) -> str:
    name = known_name(declared)
    if name in ("", "utf-8"):
        return ""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        return ""


def _western(data: bytes) -> str:
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        text = ""
    against = not text or AGAINST.search(text) or text.count("«") != text.count("»")
    if against:
        raise WrongFile("it does not say in which encoding it is written.", WAY_OUT)
    return text
