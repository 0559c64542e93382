"""Pictures of PDF pages for the window, with the quoted words marked.

pdfium is not thread-safe, so one lock lets one page be drawn at a time. Pixels are bounded,
time and memory are not: the window calls it in a child process (elara_local.drawing), which
covers a page that draws without end and a fault in pdfium. The words are found by their
letters and figures, whatever the white space, hyphens and letters' case; a quote that goes on
overleaf is marked on each of its pages as far as it stands there.
"""

from __future__ import annotations

import io
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile

LOCK = threading.Lock()
LEAST_WIDTH, MOST_WIDTH = 200, 2_000  # pixels
MOST_PIXELS = 6_000_000  # a page of MOST_WIDTH in the shape of A4 has 5.7 million
LONGEST_QUOTE = 4_000  # characters
LEAST_PART = 12  # letters: a shorter part of a quote may stand anywhere
NEAR_EDGE = 200  # letters: what stands so near to a page's end may go on overleaf
COVERED = 0.9  # of what is left of a quote: then it stands on this page, in pieces
MARKER = (255, 232, 110)  # a highlighter's yellow; multiplied, so that the letters stay black
PASSWORD = 4  # pdfium's error code FPDF_ERR_PASSWORD
DROPPED = frozenset("-‐‑\u00ad\ufffe\x02\ufeff")
Box = tuple[float, float, float, float]  # left, bottom, right, top in points of the page


def page_count(path: Path) -> int:
    """Return how many pages a PDF has.

    Raises:
        WrongFile: it can't be opened.
    """
    with _open(path) as document:
        return len(document)


def render_page(path: Path, page: int, quote: str, width: int) -> bytes:
    """Return a page as PNG, `width` pixels wide, with the words of `quote` marked.

    The width is kept within 200 to 2,000 pixels, and made less for a page so long that it
    would pass 6 million pixels. `page` counts from 1.

    Raises:
        WrongFile: the file can't be opened, or has no such page.
    """
    from PIL import Image, ImageChops, ImageDraw

    with _open(path) as document, _page(document, page, path.name) as sheet:
        wide, high = sheet.get_size()
        scale = min(max(width, LEAST_WIDTH), MOST_WIDTH) / wide
        scale = min(scale, (MOST_PIXELS / (wide * high)) ** 0.5)
        bitmap = sheet.render(scale=scale, may_draw_forms=False)
        picture = bitmap.to_pil().convert("RGB")
        bitmap.close()
        boxes = [_to_pixels(sheet, box, picture.size) for box in _boxes(sheet, quote)]
    if boxes:
        layer = Image.new("RGB", picture.size, (255, 255, 255))
        draw = ImageDraw.Draw(layer)
        for box in boxes:
            draw.rectangle(box, fill=MARKER)
        picture = ImageChops.multiply(picture, layer)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def find_boxes(path: Path, page: int, quote: str) -> list[Box]:
    """Return where the words of a quote stand on a page, line by line; [] where they do not.

    Raises:
        WrongFile: the file can't be opened, or has no such page.
    """
    with _open(path) as document, _page(document, page, path.name) as sheet:
        return _boxes(sheet, quote)


def read_characters(text_page: Any, count: int) -> str:
    """Return the text of a raw pdfium text page; character n of it is character n of pdfium.

    The caller holds pdfium to itself. A hyphen at a line's end is U+FFFE.
    """
    import ctypes

    import pypdfium2.raw as pdfium

    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium.FPDFText_GetText(text_page, 0, count, buffer)
    units = memoryview(buffer)[: max(written - 1, 0)].tobytes()
    text = units.decode("utf-16-le", errors="replace")
    if len(text) != count:
        codes = (pdfium.FPDFText_GetUnicode(text_page, n) for n in range(count))
        text = "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)
    return text.replace("\x02", "\ufffe")


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    """Hold the lock and the opened file; pdfium's errors become a line for a person."""
    import pypdfium2

    with LOCK:
        try:
            with closing(pypdfium2.PdfDocument(path)) as document:
                yield document
        except (pypdfium2.PdfiumError, OSError) as error:
            if getattr(error, "err_code", None) == PASSWORD:
                hint = "Add it without one."
                raise WrongFile(f"{path.name} asks for a password.", hint) from None
            raise WrongFile(
                f"A page of {path.name} can't be shown.", "Add the document again."
            ) from None


@contextmanager
def _page(document: Any, page: int, name: str) -> Iterator[Any]:
    if not 1 <= page <= len(document):
        raise WrongFile(f"{name} has no page {page}.", f"It has {len(document)} pages.")
    with closing(document[page - 1]) as sheet:
        yield sheet


def _boxes(sheet: Any, quote: str) -> list[Box]:
    import pypdfium2.raw as pdfium

    with closing(sheet.get_textpage()) as text_page:
        count = pdfium.FPDFText_CountChars(text_page.raw)
        text = read_characters(text_page.raw, count) if count > 0 else ""
        places, letters = _fold(text)
        _, wanted = _fold(quote[:LONGEST_QUOTE])
        found = []
        for start, end in _parts(wanted, letters):
            first, last = places[start], places[end - 1]
            for n in range(text_page.count_rects(first, last - first + 1)):
                found.append(text_page.get_rect(n))
    return found


def _fold(text: str) -> tuple[list[int], str]:
    """Return the letters and figures of a text and the place of each in it."""
    places: list[int] = []
    letters: list[str] = []
    for place, char in enumerate(text):
        if char.isspace() or char in DROPPED:
            continue
        for letter in unicodedata.normalize("NFKC", char).casefold():
            if not letter.isspace():
                places.append(place)
                letters.append(letter)
    return places, "".join(letters)


def _parts(wanted: str, letters: str) -> list[tuple[int, int]]:
    """Return the stretches of a page's letters that make up the quote.

    What the page has of a quote is its beginning, its end, or all of it in pieces, where the
    file draws its columns in turns. A rest that is not on the page is overleaf.
    """
    if not wanted:
        return []
    if wanted in letters:
        place = letters.find(wanted)
        return [(place, place + len(wanted))]
    first, last = _longest(wanted, letters), _longest(wanted[::-1], letters[::-1])
    if max(first, last) < LEAST_PART:
        return list(_pieces(wanted, letters))
    start, end = letters.rfind(wanted[:first]), letters.find(wanted[len(wanted) - last :])
    goes_on = first >= LEAST_PART and start + first >= len(letters) - NEAR_EDGE
    went_on = last >= LEAST_PART and end <= NEAR_EDGE
    if goes_on > went_on or (goes_on == went_on and first >= last):
        place, size, rest = start, first, wanted[first:]
    else:
        place, size, rest = end, last, wanted[: len(wanted) - last]
    further = list(_pieces(rest, letters))
    whole = sum(end - start for start, end in further) >= COVERED * len(rest)
    return [(place, place + size), *(further if whole else [])]


def _pieces(wanted: str, letters: str) -> Iterator[tuple[int, int]]:
    """Yield the stretches found from the quote's beginning on, each as long as it can be."""
    start = 0
    while start < len(wanted):
        size = _longest(wanted[start:], letters)
        if size < min(LEAST_PART, len(wanted)):
            start += 1
            continue
        place = letters.find(wanted[start : start + size])
        yield place, place + size
        start += size


def _longest(wanted: str, letters: str) -> int:
    """Return how many letters of the beginning of the quote stand together on the page."""
    low, high = 0, len(wanted)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if wanted[:middle] in letters else (low, middle - 1)
    return low


def _to_pixels(sheet: Any, box: Box, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Return a box of the page as left, top, right, bottom of its picture."""
    import ctypes

    import pypdfium2.raw as pdfium

    corners = []
    for x, y in (box[:2], box[2:]):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(sheet.raw, 0, 0, *size, 0, x, y, across, down)
        corners.append((across.value, down.value))
    (left, top), (right, bottom) = corners
    return (
        min(left, right) - 1,
        min(top, bottom) - 1,
        max(left, right) + 1,
        max(top, bottom) + 1,
    )
