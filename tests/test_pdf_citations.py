"""Every sentence of every passage stands on the page that it says: 200 PDFs and textbooks."""

import io
import re
import tarfile
import unicodedata
from collections import Counter

import pypdf
import pytest
from lxml import etree
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate

from elara_local.text import sentence_spans, words
from index.documents.blocks import Hints
from index.documents.pdf import read_pdf
from index.slices import slice_document
from tests.conftest import shared_data
from tests.pdf_corpus import COUNT, make_corpus


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The PDFs with their truth, and what was read: (made, parsed, document, passages)."""
    made = make_corpus(tmp_path_factory.mktemp("corpus"))
    return [(one, *read(one.path)) for one in made]


def read(path):
    [parsed] = read_pdf(path, Hints())
    return parsed, *slice_document(parsed, path.stem)


def sentences(passage):
    """(text, first page, last page, its parts by page) of every sentence, taken as a quote."""
    for start, end in sentence_spans(passage.text):
        start, end = passage.start + start, passage.start + end
        inner = [(at, page) for at, page in passage.breaks if start < at < end]
        cuts = [(start, passage.page_at(start)), *inner, (end, None)]
        parts = [
            (passage.text[a - passage.start : b - passage.start], page)
            for (a, page), (b, _) in zip(cuts, cuts[1:], strict=False)
        ]
        text = passage.text[start - passage.start : end - passage.start]
        yield text, passage.page_at(start), passage.page_at(end - 1), parts


def fold(text):
    """The text without white space and hyphens, with the meaning of numbers kept apart."""
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", ""))
    text = text.replace("\x7f", "•")  # pypdf's reading of a bullet in a standard font
    return re.sub(r"[\s\-‐]+", "", text)


def test_the_corpus_is_varied(corpus):
    traits = [one.traits for one, *_ in corpus]
    assert len(corpus) == COUNT == 200
    assert {t["columns"] for t in traits} == {1, 2, 3}
    assert {t["rotation"] for t in traits} == {0, 90, 180, 270}
    assert {t["language"] for t in traits} == {"en", "fr", "es", "pt", "sw"}
    for trait in ("encrypted", "bookmarks", "divides", "header", "interleaved", "labels"):
        assert 5 <= sum(bool(t[trait]) for t in traits) <= 195, trait
    assert sum(one.truth.divided for one, *_ in corpus) > 500
    assert sum(len(one.truth.rows) for one, *_ in corpus) > 300


def test_every_sentence_is_on_its_page_word_for_word(corpus):
    """Against the truth: divided words whole, real hyphens, ranges and superscripts kept."""
    asked = 0
    for one, _, _, passages in corpus:
        for passage in passages:
            for text, first, last, _ in sentences(passage):
                asked += 1
                found = text in one.truth.pages(first, last)
                assert found or text in one.truth.other[first - 1] or is_margin(one, text), (
                    one.path.name,
                    first,
                    text,
                )
    assert asked > 10_000


def is_margin(one, text):
    """A document of one page has no second one to tell a header by."""
    return len(one.truth.main) == 1 and "Zulu" in text


def test_pypdf_finds_every_sentence_on_its_page(corpus):
    """Against another reader of the file; columns drawn across are not in its order."""
    asked = 0
    for one, _, _, passages in corpus:
        if one.traits["interleaved"]:
            continue
        pages = [fold(page.extract_text()) for page in pypdf.PdfReader(one.path).pages]
        for passage in passages:
            for text, _, _, parts in sentences(passage):
                asked += 1
                for part, page in parts:
                    assert fold(part) in pages[page - 1], (one.path.name, page, text)
    assert asked > 10_000


def test_no_words_are_lost(corpus):
    for one, _, document, _ in corpus:
        truth = [one.truth.pages(1, len(one.truth.main)), *sum(one.truth.other, [])]
        wanted, found = Counter(words(" ".join(truth))), Counter(words(document.text))
        lost = wanted - found
        assert sum(lost.values()) <= 0.005 * sum(wanted.values()), (one.path.name, lost)


def test_headings_titles_and_tables_are_right(corpus):
    for one, parsed, _, _ in corpus:
        headings = [(b.text, b.level) for b in parsed.blocks if b.kind == "heading"]
        headings = [found for found in headings if found[0] != one.title]
        assert headings == one.truth.headings, one.path.name
        assert parsed.title == one.title
        rows = [(b.page, b.text, b.table) for b in parsed.blocks if b.kind == "row"]
        for page, text, heads in one.truth.rows:
            assert any(r[:2] == (page, text) and r[2].endswith(heads) for r in rows), text


def test_headers_and_footers_are_left_out(corpus):
    several = [one for one in corpus if len(one[0].truth.main) > 1]
    assert sum(bool(one.truth.margins) for one, *_ in several) > 100
    for one, _, document, _ in several:
        assert not any(word in document.text for word in one.truth.margins), one.path.name


@pytest.fixture(scope="module")
def textbook(tmp_path_factory):
    """A PDF of some chapters of the textbooks, and its paragraphs."""
    archive = shared_data("openstax-nursing") / "openstax-nursing.tar.gz"
    path = tmp_path_factory.mktemp("book") / "book.pdf"
    styles = getSampleStyleSheet()
    styles["BodyText"].splitLongWords = 0
    story, texts = [], []
    with tarfile.open(archive) as files:
        names = sorted(n for n in files.getnames() if n.endswith("index.cnxml"))[5:25]
        for name in names:
            for kind, text in chapter(files.extractfile(name).read()):
                story.append(Paragraph(escape(text), styles[kind]))
                texts += [text] if kind == "BodyText" else []
    SimpleDocTemplate(str(path), pagesize=A4).build(story)
    return path, texts


def chapter(data):
    """(style, text) of the titles and paragraphs of a module that Helvetica can draw."""
    root = etree.parse(io.BytesIO(data)).getroot()
    space = "{http://cnx.rice.edu/cnxml}"
    for element in root.iter(f"{space}title", f"{space}para"):
        text = " ".join("".join(element.itertext()).split())
        text = text.encode("latin-1", errors="ignore").decode("latin-1")
        if text and element.tag == f"{space}title":
            yield "Heading2", text
        elif text and not element.findall(f".//{space}list"):
            yield "BodyText", text


def escape(text):
    return text.replace("&", "&amp;").replace("<", "&lt;")


def test_a_textbook_is_cited_to_the_page(textbook):
    path, texts = textbook
    _, document, passages = read(path)
    pages = [fold(page.extract_text()) for page in pypdf.PdfReader(path).pages]
    assert len(pages) > 40
    for passage in passages:
        for text, _, _, parts in sentences(passage):
            for part, page in parts:
                assert fold(part) in pages[page - 1], (page, text)
    wanted, found = Counter(words(" ".join(texts))), Counter(words(document.text))
    assert sum((wanted - found).values()) <= 0.005 * sum(wanted.values())


def test_paragraphs_of_a_textbook_stay_whole(textbook):
    """Nearly every paragraph is one block, over the pages' ends too."""
    path, texts = textbook
    blocks = {block.text for block in read(path)[0].blocks}
    whole = sum(text in blocks for text in texts)
    assert whole >= 0.97 * len(texts), (whole, len(texts))
