"""From files to the screen: PDFs are added, asked, and every citation opens at its page."""

import re
import unicodedata

import pypdf
import pytest

from elara_local.passages.library import open_library
from elara_local.records import Sentence
from elara_local.retrieve import Retriever
from elara_local.settings import PREBUILT_INDEX
from elara_local.sources import mark_sources, sources_of
from elara_local.text import sentence_spans
from index.add import Shelving, add_files
from tests.pdf_corpus import make_corpus

COUNT = 60  # of the 200 that tests/test_pdf_citations.py reads: these are embedded as well
TOP = 5


@pytest.fixture(scope="module")
def added(tmp_path_factory, embedder):
    """The library of all PDFs, and the text of every page as another reader finds it."""
    folder = tmp_path_factory.mktemp("added")
    (folder / "files").mkdir()
    made = make_corpus(folder / "files", COUNT)
    shelving = Shelving(folder / "library", embedder, "starter", embedder.fingerprint)
    report = add_files([one.path for one in made], shelving)
    assert (report.added, report.refused) == (COUNT, 0), report.lines
    pages = {
        one.path.name: [fold(page.extract_text()) for page in pypdf.PdfReader(one.path).pages]
        for one in made
        if not one.traits["interleaved"]  # pypdf reads columns drawn across in another order
    }
    return open_library(PREBUILT_INDEX, folder / "library"), pages


def fold(text):
    text = unicodedata.normalize("NFKC", text.replace("\u00ad", "")).replace("\x7f", "•")
    return re.sub(r"[\s\-‐]+", "", text)


def stands(source, pages):
    """True when each quoted sentence is on its page, or its parts on the pages that it crosses."""
    for start, end in sentence_spans(source.quote):
        start, end = source.start + start, source.start + end
        inner = [at for at, _ in source.breaks if start < at < end]
        for first, last in zip([start, *inner], [*inner, end], strict=True):
            page = [number for at, number in source.breaks if at <= first][-1]
            part = source.quote[first - source.start : last - source.start]
            if not source.page <= page <= source.page_to or fold(part) not in pages[page - 1]:
                return False
    return True


def test_every_citation_opens_at_the_page_with_the_quoted_words(added, embedder):
    library, pages = added
    files = {d.id: d.file for d in library.store.documents()}
    retriever = Retriever(library, embedder)
    questions = {}
    for passage in library.store.passages():
        if passage.shelf == "own" and len(passage.text.split()) > 12:
            questions.setdefault(passage.document, passage.text[:200])
    assert len(questions) >= 0.95 * COUNT
    shown = crossing = 0
    for question in questions.values():
        hits = retriever.search(question, TOP).hits
        sources = sources_of(hits, question)
        cited = [
            Sentence(s.context[start:end], (s.id,), "quoted")
            for s in sources
            for start, end in sentence_spans(s.context)
        ]
        for source in (*sources, *mark_sources(sources, cited)):
            own = pages.get(files[source.document])
            if own is None:
                continue
            assert stands(source, own), (files[source.document], source.page, source.quote)
            assert library.original_of(source.document).is_file()
            text = library.store.text_of(source.document)
            assert text[source.start : source.end] == source.quote
            shown += 1
            crossing += source.page != source.page_to
    assert shown > 300 and crossing > 3, (shown, crossing)
