"""What every reader of a format keeps to, whatever it is given."""

import gzip
import importlib
import random
import zipfile

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from elara_local.errors import WrongFile
from index.documents import FORMATS
from index.documents.blocks import Hints, Parsed
from index.documents.kinds import recognise
from tests.conftest import shared_data
from tests.written import SIGNS, write_docx, write_epub, write_html, write_markdown

MINE = sorted(set(FORMATS) - {"pdf", "pubmed", "jats"})
SEEDS = [
    b"<html><body><h1>A</h1><table><tr><td rowspan=0 colspan=9999999>x<ol><li>",
    b"# a\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n---\ntitle: x\n---\n",
    b'{"title": "a", "text": ["b", {"c": [[[1]]]}], "a": "\\ud800"}\n',
    b'a,b\n1,2\n"x',
    b"<posts><row Id='1' PostTypeId='1' Body='&lt;p&gt;a' Score='x'/></posts>",
    b"<Document id='1'><Focus>f</Focus><QAPairs><QAPair><Answer>a</Answer></QAPair></QAPairs>",
]


def reader(kind):
    module, _, name = FORMATS[kind].partition(":")
    return getattr(importlib.import_module(module), name)


def read(kind, path, **hints):
    return list(reader(kind)(path, Hints(**hints)))


def mutate(draw_from, data):
    number = random.Random(draw_from)
    data = bytearray(data)
    for _ in range(number.randrange(1, 8)):
        at = number.randrange(len(data) + 1)
        cut = number.choice((0, 1, 3, 40))
        data[at : at + cut] = bytes(number.choice((b"", b"\xff", b"<", b"\x00", b"&x;", b'"')))
    return bytes(data)


@pytest.mark.parametrize("kind", MINE)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=400) | st.builds(mutate, st.integers(), st.sampled_from(SEEDS)))
@example(data=b"\xef\xbb\xbf\t")  # a table of two columns without a name
def test_any_bytes_are_a_document_or_refused(tmp_path, kind, data):
    path = tmp_path / "file"
    path.write_bytes(data)
    try:
        found = read(kind, path)
    except WrongFile as error:
        assert "\n" not in str(error) and error.hint
        return
    assert found and all(isinstance(one, Parsed) and one.blocks for one in found)
    for block in (block for one in found for block in one.blocks):
        assert block.text == " ".join(block.text.split()) and block.text
        block.text.encode("utf-8")


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(max_size=300) | st.builds(mutate, st.integers(), st.sampled_from(SEEDS)))
def test_any_bytes_are_recognised_or_refused(tmp_path, data):
    path = tmp_path / "file.bin"
    path.write_bytes(data)
    try:
        assert recognise(path) in FORMATS
    except WrongFile as error:
        assert "\n" not in str(error) and error.hint


@pytest.mark.parametrize("kind", ["docx", "epub"])
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6))
def test_a_damaged_zip_is_read_or_refused(tmp_path, kind, seed):
    path = tmp_path / "whole"
    if not path.exists():
        {"docx": write_docx, "epub": write_epub}[kind](path, [("p", "Give 5 mg.")] * 3)
    damaged = tmp_path / "damaged"
    damaged.write_bytes(mutate(seed, path.read_bytes()))
    try:
        assert read(kind, damaged)
    except WrongFile as error:
        assert "\n" not in str(error)


WRITERS = {
    "html": (write_html, ".html"),
    "markdown": (write_markdown, ".md"),
    "docx": (write_docx, ".docx"),
    "epub": (write_epub, ".epub"),
}
WORD = st.text("abcdefgéµ½²°≤<>&%/0123456789-+.", min_size=1, max_size=8).filter(str.strip)
LINE = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
CONTENT = st.lists(st.tuples(st.sampled_from(["h", "p", "li"]), LINE), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", WRITERS)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=CONTENT)
def test_every_word_comes_through_once_and_in_order(tmp_path, kind, content):
    write, extension = WRITERS[kind]
    content = [("p", "start"), *content]  # no heading opens the file: none becomes its title
    path = tmp_path / f"file{extension}"
    write(path, content)
    assert recognise(path) == kind
    (found,) = read(kind, path, title="A title")
    assert [block.text for block in found.blocks] == [text for _, text in content]


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("said", SIGNS)
def test_figures_units_signs_and_negations_come_through_exactly(tmp_path, kind, said):
    write, extension = WRITERS[kind]
    path = tmp_path / f"file{extension}"
    write(path, [("p", said), ("li", said)])
    (found,) = read(kind, path)
    assert [block.text for block in found.blocks] == [said, said]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "{0}\n"),
        ("csv", 'Drug,Advice\nX,"{0}"\n'),
        ("json", '{{"title": "T", "text": "{0}"}}'),
        ("jsonl", '{{"title": "T", "text": "{0}"}}\n'),
    ],
)
@pytest.mark.parametrize("said", SIGNS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_they_come_through_in_plain_formats_and_encodings(tmp_path, kind, text, said, encoding):
    path = tmp_path / "file"
    path.write_bytes(text.format(said).encode(encoding))
    (found,) = read(kind, path)
    assert said in found.blocks[0].text


@pytest.mark.parametrize("kind", WRITERS)
def test_each_word_of_a_textbook_comes_through(tmp_path, kind):
    folder = shared_data("openstax-nursing")
    write, extension = WRITERS[kind]
    for number, content in enumerate(read_modules(folder)):
        path = tmp_path / f"{number}{extension}"
        write(path, content)
        (found,) = read(kind, path, title="A title")
        assert [block.text for block in found.blocks] == [text for _, text in content]


def read_modules(folder, most=12):
    """Headings, paragraphs and items of textbook modules, as flat text."""
    import tarfile
    from xml.etree import ElementTree

    with tarfile.open(folder / "openstax-nursing.tar.gz") as archive:
        names = sorted(name for name in archive.getnames() if name.endswith(".cnxml"))
        for name in names[:: len(names) // most]:
            root = ElementTree.parse(archive.extractfile(name)).getroot()
            content = [("p", "start")]
            for element in root.iter():
                kind = {"title": "h", "para": "p", "item": "li"}.get(element.tag.rpartition("}")[2])
                flat = not any(
                    c.tag.rpartition("}")[2] in ("list", "para")
                    for c in element.iter()
                    if c is not element
                )
                text = " ".join("".join(element.itertext()).split())
                if kind and flat and text:
                    content.append((kind, text))
            if len(content) > 3:
                yield content


@pytest.mark.parametrize("kind", ["html", "markdown"])
def test_gzip_is_read_as_what_it_holds(tmp_path, kind):
    write, extension = WRITERS[kind]
    write(tmp_path / "plain", [("p", "Give 5 mg.")])
    path = tmp_path / f"file{extension}.gz"
    path.write_bytes(gzip.compress((tmp_path / "plain").read_bytes()))
    assert recognise(path) == kind
    assert read(kind, path)[0].blocks[0].text == "Give 5 mg."


@pytest.mark.parametrize("kind", ["docx", "epub"])
def test_a_zip_bomb_is_refused(tmp_path, kind):
    path = tmp_path / "bomb"
    names = {
        "docx": ["word/document.xml"],
        "epub": ["META-INF/container.xml"],
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names[kind]:
            archive.writestr(name, b" " * (8 << 20))
    assert recognise(path) == kind
    with pytest.raises(WrongFile, match="expands far more"):
        read(kind, path)


def test_hints_win_and_nothing_is_invented(tmp_path):
    path = tmp_path / "malaria notes.txt"
    path.write_text("Give 5 mg.", encoding="utf-8")
    (plain,) = read("text", path)
    assert (plain.title, plain.edition, plain.licence, plain.source) == (
        "malaria notes",
        "",
        "",
        "",
    )
    hints = {"title": "T", "edition": "2021", "licence": "L", "source": "S"}
    (hinted,) = read("text", path, **hints)
    assert {name: getattr(hinted, name) for name in hints} == hints
