"""Pages as pictures: the marks cover the quoted words, and nothing else."""

import io
import threading

import numpy as np
import pypdf
import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from elara_local.errors import WrongFile
from elara_local.pages import MOST_PIXELS, find_boxes, page_count, render_page
from elara_local.text import sentence_spans
from index.documents.blocks import Hints
from index.documents.pdf import read_pdf
from index.slices import slice_document
from tests.pdf_corpus import make_document, register_fonts
from tests.test_pdf_citations import fold

QUOTE = "Give zinc 20 mg once a day for 10 days."


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    register_fonts()
    folder = tmp_path_factory.mktemp("pages")
    return [make_document(folder, number) for number in range(0, 200, 16)] + [
        make_document(folder, number) for number in (3, 6, 9, 13, 17, 20)
    ]


def write(path, lines, **options):
    canvas = Canvas(str(path), pagesize=A4, **options)
    for n, line in enumerate(lines):
        canvas.drawString(72, 700 - 16 * n, line)
    canvas.save()
    return path


def picture(data):
    """Rows of pixels of three colours."""
    return np.array(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def is_marked(image):
    """Yellow, as the marker leaves it on white paper."""
    return (image[..., 0] > 240) & (image[..., 1] > 215) & (image[..., 2] < 140)


def text_under(path, page, boxes):
    """The characters whose middle lies in one of the boxes, read one by one."""
    document = pypdfium2.PdfDocument(path)
    sheet = document[page - 1]
    text_page = sheet.get_textpage()
    found = []
    for n in range(text_page.count_chars()):
        left, bottom, right, top = text_page.get_charbox(n)
        x, y = (left + right) / 2, (bottom + top) / 2
        if any(b[0] <= x <= b[2] and b[1] <= y <= b[3] for b in boxes):
            found.append(text_page.get_text_range(n, 1))
    text_page.close()
    sheet.close()
    document.close()
    return "".join(found)


def test_the_boxes_cover_the_quoted_words_and_no_others(corpus):
    """Every seventh sentence of the passages; one that stands twice is marked the first time."""
    asked = 0
    for one in corpus:
        [parsed] = read_pdf(one.path, Hints())
        _, passages = slice_document(parsed, "d")
        for passage in passages:
            for start, end in sentence_spans(passage.text)[::7]:
                page = passage.page_at(passage.start + start)
                if page != passage.page_at(passage.start + end - 1):
                    continue
                quote = passage.text[start:end]
                boxes = find_boxes(one.path, page, quote)
                assert fold_all(text_under(one.path, page, boxes)) == fold_all(quote)
                asked += 1
    assert asked > 200


def fold_all(text):
    return fold(text.replace("\ufffe", "").replace("\x02", ""))


def test_a_quote_over_two_pages_is_marked_on_both(tmp_path):
    canvas = Canvas(str(tmp_path / "a.pdf"), pagesize=A4)
    for page in range(12):
        for n in range(45):
            step = page * 45 + n
            canvas.drawString(72, 780 - 15 * n, f"step {step} needs {step * 7} mL of fluid within")
        canvas.drawString(300, 30, str(page + 1))
        canvas.showPage()
    canvas.save()
    [parsed] = read_pdf(tmp_path / "a.pdf", Hints())
    breaks = [(block.text, *at) for block in parsed.blocks for at in block.breaks]
    assert len(breaks) == 11
    for text, at, page in breaks:
        before, after = text[at - 60 : at], text[at : at + 60]
        for number, part in ((page - 1, before), (page, after)):
            boxes = find_boxes(tmp_path / "a.pdf", number, before + after)
            assert fold_all(text_under(tmp_path / "a.pdf", number, boxes)) == fold_all(part)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_marks_lie_on_the_words_of_the_picture(tmp_path, rotation):
    path = write(tmp_path / "a.pdf", ["Nothing here.", QUOTE, "Nothing there."])
    writer = pypdf.PdfWriter(clone_from=path)
    writer.pages[0].rotate(rotation)
    writer.write(path)
    image = picture(render_page(path, 1, QUOTE, 800))
    plain = picture(render_page(path, 1, "", 800))
    changed = (image != plain).any(axis=2)
    assert changed.any() and (is_marked(image) | (plain.sum(axis=2) < 740))[changed].all()
    scale = image.shape[1] / (A4[1] if rotation in (90, 270) else A4[0])
    [(left, bottom, right, top)] = find_boxes(path, 1, QUOTE)
    across, down = sorted((left, right)), sorted((A4[1] - top, A4[1] - bottom))
    wide, high = A4
    corners = {
        0: (across[0], down[0], across[1], down[1]),
        90: (high - down[1], across[0], high - down[0], across[1]),
        180: (wide - across[1], high - down[1], wide - across[0], high - down[0]),
        270: (down[0], wide - across[1], down[1], wide - across[0]),
    }[rotation]
    ys, xs = changed.nonzero()
    for found, wanted in zip((xs.min(), ys.min(), xs.max(), ys.max()), corners, strict=True):
        assert abs(found - wanted * scale) <= 3


def test_the_letters_stay_readable_under_the_mark(tmp_path):
    path = write(tmp_path / "a.pdf", [QUOTE])
    image, plain = (picture(render_page(path, 1, quote, 800)) for quote in (QUOTE, ""))
    dark = plain.sum(axis=2) < 150
    assert dark.any() and (image[dark] <= plain[dark]).all()


def test_hyphens_white_space_and_superscripts_do_not_matter(tmp_path):
    path = write(tmp_path / "a.pdf", ["The low-dose rehydra-", "tion   of 10² units fails."])
    boxes = find_boxes(path, 1, "low-dose rehydration of 102 units")
    assert "".join(text_under(path, 1, boxes).split()).startswith("low-doserehydra")
    assert find_boxes(path, 1, "words that are nowhere on it") == []


def test_sizes_are_bounded(tmp_path):
    path = write(tmp_path / "a.pdf", [QUOTE])
    assert picture(render_page(path, 1, "", 1)).shape[1] == 200
    assert picture(render_page(path, 1, "", 90_000)).shape[1] == 2_000
    canvas = Canvas(str(tmp_path / "long.pdf"), pagesize=(100, 14_000))
    canvas.drawString(10, 13_000, QUOTE)
    canvas.save()
    image = picture(render_page(tmp_path / "long.pdf", 1, QUOTE, 2_000))
    assert image.shape[0] * image.shape[1] <= MOST_PIXELS * 1.01


def test_what_can_not_be_shown_is_said(tmp_path):
    path = write(tmp_path / "a.pdf", [QUOTE])
    assert page_count(path) == 1
    for page in (0, 2, -1):
        with pytest.raises(WrongFile, match="has no page"):
            render_page(path, page, "", 800)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 broken")
    with pytest.raises(WrongFile, match="b.pdf can't be shown"):
        page_count(tmp_path / "b.pdf")
    with pytest.raises(WrongFile, match="can't be shown"):
        page_count(tmp_path / "missing.pdf")
    locked = write(tmp_path / "c.pdf", [QUOTE], encrypt=StandardEncryption("user", "owner"))
    with pytest.raises(WrongFile, match="password"):
        render_page(locked, 1, "", 800)


def test_threads_may_draw_at_once(tmp_path):
    path = write(tmp_path / "a.pdf", [QUOTE] * 20)
    alone = render_page(path, 1, QUOTE, 600)
    drawn = []
    threads = [
        threading.Thread(target=lambda: drawn.append(render_page(path, 1, QUOTE, 600)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert drawn == [alone] * 8
