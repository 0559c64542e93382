"""PDF pages read per second, with headings, paragraphs and pages, against pypdf's bare text.

    python -m benchmarks.pdf [--pages 300] [--rounds 3]

It makes its own file with reportlab: A4, 11 points, about 3,000 characters a page, a heading
on every page. Both readers take turns on one core and the best round of each counts, in
seconds of the processor. Asked for: at least 300 pages a second.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pypdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from index.documents.blocks import Hints
from index.documents.pdf import read_pdf

LINES, WIDE = 44, 80  # a page holds as many lines of at most as many characters
WORDS = (
    "the child patient dose treatment oxygen of and with for in hospital severe pneumonia "
    "malaria artesunate amoxicillin tablets examination temperature every hours days weight "
    "breathing dehydration fluid blood pressure pregnant woman refer give check repeat after"
).split()


def write_file(path: Path, pages: int) -> int:
    """Write a file of plain text pages; return its characters."""
    random, canvas, count = Random(7), Canvas(str(path), pagesize=A4), 0
    for number in range(1, pages + 1):
        canvas.setFont("Helvetica-Bold", 15)
        canvas.drawString(60, 790, f"Section {number}")
        text = canvas.beginText(60, 765)
        text.setFont("Helvetica", 11)
        text.setLeading(15)
        for line in range(LINES):
            words: list[str] = []
            while len(" ".join(words)) < WIDE - 12:
                words.append(random.choice(WORDS))
            shown = " ".join(words) + ("." if line % 6 == 5 else "")
            text.textLine(shown)
            if line % 6 == 5:
                text.moveCursor(0, 6)
            count += len(shown)
        canvas.drawText(text)
        canvas.drawCentredString(A4[0] / 2, 30, str(number))
        canvas.showPage()
    canvas.save()
    return count


def ours(path: Path) -> None:
    """Read the file into blocks."""
    for parsed in read_pdf(path, Hints()):
        assert sum(b.kind == "heading" for b in parsed.blocks) == parsed.pages


def theirs(path: Path) -> None:
    """Take the text of each page with pypdf, without layout."""
    for page in pypdf.PdfReader(path).pages:
        assert page.extract_text()


def rate(read: Callable[[Path], None], path: Path, pages: int) -> float:
    """Pages per second of the processor, in one pass."""
    begin = time.process_time()
    read(path)
    return pages / (time.process_time() - begin)


def measure(pages: int = 300, rounds: int = 3) -> dict[str, float]:
    """The figures of both readers, which take turns; the best round of each counts."""
    with tempfile.TemporaryDirectory() as temp:
        path = Path(temp) / "pages.pdf"
        count = write_file(path, pages)
        turns = [(rate(ours, path, pages), rate(theirs, path, pages)) for _ in range(rounds)]
    best = max(a for a, _ in turns), max(b for _, b in turns)
    return {
        "characters_a_page": round(count / pages),
        "pages_per_s": round(best[0], 1),
        "pypdf_pages_per_s": round(best[1], 1),
        "ratio": round(best[0] / best[1], 2),
        "lowest_ratio_of_a_round": round(min(a / b for a, b in turns), 2),
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(options.pages, options.rounds), indent=2))


if __name__ == "__main__":
    main()
