"""Signs that office files write with a font instead of a character.

In the font Symbol the code F0B3 is ≥ and the letter m is μ: read as it stands, a limit or a
unit would be lost. What is covered: Symbol (Adobe's encoding) and the ticks, boxes and arrows
of Wingdings; any other code of such a font becomes U+FFFC, and its paragraph is left out.
"""

from __future__ import annotations

from index.documents.lines import OBJECT

PRIVATE = range(0xF000, 0xF100)  # where office programs put the codes of such fonts
LOW = (
    " !∀#∃%&∍()∗+,−./0123456789:;<=>?≅ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ[∴]⊥_\ufffc"
    "αβχδεφγηιϕκλμνοπθρστυϖωξψζ{|}∼"
)
HIGH = "€ϒ′≤⁄∞ƒ♣♦♥♠↔←↑→↓°±″≥×∝∂•÷≠≡≈…|—↵"
SYMBOL = (
    {0x20 + n: sign for n, sign in enumerate(LOW)}
    | {0xA0 + n: sign for n, sign in enumerate(HIGH)}
    | {0xD2: "®", 0xD3: "©", 0xD4: "™", 0xD6: "√", 0xD7: "⋅", 0xDE: "⇒"}
    | {0xE2: "®", 0xE3: "©", 0xE4: "™", 0xE5: "∑"}
)
WINGDINGS = {
    0x20: " ",
    0x6C: "●",
    0x6E: "■",
    0x6F: "☐",
    0x71: "❑",
    0x76: "❖",
    0x9F: "•",
    0xA7: "▪",
    0xA8: "☐",
    0xD8: "‣",
    0xDF: "←",
    0xE0: "→",
    0xE1: "↑",
    0xE2: "↓",
    0xF0: "→",
    0xFB: "✗",
    0xFC: "✓",
    0xFD: "☒",
    0xFE: "☑",
}
FONTS = {"symbol": SYMBOL, "wingdings": WINGDINGS}
CONTROLS = frozenset("\t\n\r")


def translate(text: str, font: str) -> str:
    """Return what a text shows that is set in a font."""
    table = FONTS.get(font.casefold())
    if table is None and font.casefold().startswith(("wingdings", "webdings", "zapfdingbats")):
        table = {0x20: " "}
    if table is None:
        return text
    return "".join(char if char in CONTROLS else _look_up(ord(char), table) for char in text)


def _look_up(code: int, table: dict[int, str]) -> str:
    if code in PRIVATE:
        return table.get(code - PRIVATE.start, OBJECT)
    # Beyond Latin-1 the program takes the sign from another font, as it stands.
    return table.get(code, OBJECT) if code < 0x100 else chr(code)
