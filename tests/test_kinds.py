"""Files are told by what they hold; what is not read gets a line with the way out."""

import gzip
import zipfile

import pytest

from elara_local.errors import WrongFile
from index.documents import FORMATS
from index.documents.kinds import recognise
from tests.written import write_docx, write_epub

PDF = b"%PDF-1.7\n1 0 obj"
TEXTS = {
    "pubmed": b'<?xml version="1.0"?><!DOCTYPE PubmedArticleSet PUBLIC "x" "y"><PubmedArticleSet>',
    "jats": b'<?xml version="1.0"?>\n<!-- c -->\n<article xmlns:xlink="x">',
    "medquad": b'<?xml version="1.0"?><Document id="1"><Focus>x</Focus>',
    "stackexchange": b'\xef\xbb\xbf<?xml version="1.0"?>\n<posts>\n<row Id="1"/>',
    "html": b"\n<!-- c -->\n<!DOCTYPE html><p>x",
    "jsonl": b'{"text": "a"}\n{"text": "b"}\n',
    "json": b'{\n "text": "a"\n}',
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("name", ["file", "file.txt", "file.pdf", "file.docx"])
def test_content_decides(tmp_path, kind, name):
    if kind == "json":  # a text may begin with a bracket
        name = name.removesuffix(".txt")
    path = tmp_path / name
    path.write_bytes(TEXTS[kind])
    assert recognise(path) == kind


@pytest.mark.parametrize("kind", ["pubmed", "jats", "medquad", "jsonl", "html"])
def test_gzip_is_looked_into(tmp_path, kind):
    path = tmp_path / "file.gz"
    path.write_bytes(gzip.compress(TEXTS[kind]))
    assert recognise(path) == kind


@pytest.mark.parametrize("write", [write_docx, write_epub])
def test_zips_are_told_by_their_members(tmp_path, write):
    path = tmp_path / "file.pdf"
    write(path, [("p", "x")])
    assert recognise(path) == write.__name__.removeprefix("write_")


def test_a_pdf_called_docx_is_a_pdf(tmp_path):
    path = tmp_path / "a.docx"
    path.write_bytes(PDF)
    assert recognise(path) == "pdf"


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.md", "Give 5 mg.", "markdown"),
        ("a.txt", "Give 5 mg.", "text"),
        ("a.csv", "a,b\n1,2", "csv"),
        ("a.tsv", "a\tb\n1\t2", "csv"),
        ("a.html", "<p>Give 5 mg.", "html"),
        ("a", "Give 5 mg.", "text"),
        ("a.txt", "BMI above 30", "text"),
        ("a.txt", "[1] Smith 2020", "text"),
        ("a", "[see] the {table}", "text"),
        ("a.md", "<dose> mg", "markdown"),
        ("a.jsonl", '{"text": "one line"}', "jsonl"),
        ("a.json", '[{"text": "a"}]', "json"),
        ("a.jsonl", '{"question": "q", "answer": "a", "focus": "f"}\n', "medquad"),
    ],
)
def test_the_name_decides_between_texts(tmp_path, name, text, kind):
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert recognise(path) == kind
    assert kind in FORMATS


def make_zip(path, *names):
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return path.read_bytes()


@pytest.mark.parametrize(
    ("data", "said", "way_out"),
    [
        (b"", "empty", "again"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "pointer", "git lfs"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "before 2007", "DOCX"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
            "password",
        ),
        (b"MZ\x90\x00\x03\x00", "program", "documents"),
        (b"\x7fELF\x02\x01", "program", "documents"),
        (b"\x89PNG\r\n\x1a\n", "picture", "text"),
        (b"\xff\xd8\xff\xe0", "picture", "text"),
        (b"{\\rtf1 x", "RTF", "DOCX"),
        (b"Rar!\x1a\x07", "archive", "Unpack"),
        (bytes(range(256)), "zero", "document"),
        (gzip.compress(PDF), "archive", "Unpack"),
        (gzip.compress(TEXTS["html"])[:-9], "broken", "again"),
        (b'<?xml version="1.0"?><gpx/>', "XML", "HTML"),
        (b"PK\x03\x04rest", "broken", "again"),
        (b"From: <Saved>\nMIME-Version: 1.0\n\n=C2=B5g", "web archive", "HTML"),
        (b'<svg width="5" xmlns="http://www.w3.org/2000/svg"><text>5', "XML", "HTML"),
    ],
)
def test_what_is_not_read_gets_a_line_with_the_way_out(tmp_path, data, said, way_out):
    path = tmp_path / "file.docx"
    path.write_bytes(data)
    with pytest.raises(WrongFile) as found:
        recognise(path)
    assert said in found.value.message
    assert way_out in found.value.hint


@pytest.mark.parametrize(
    ("member", "said"),
    [("xl/workbook.xml", "spreadsheet"), ("content.xml", "OpenDocument"), ("a.txt", "archive")],
)
def test_other_zips_are_named(tmp_path, member, said):
    path = tmp_path / "file.docx"
    make_zip(path, member)
    with pytest.raises(WrongFile, match=said):
        recognise(path)


@pytest.mark.parametrize("part", ["<!---->", "<?a?>", "<!DOCTYPE [a]", "<!DOCTYPE a>", "<!--", " "])
def test_an_endless_prolog_is_told_at_once(tmp_path, part):
    path = tmp_path / "file"
    path.write_text("<?xml version='1.0'?>" + part * 3000, encoding="utf-8")
    with pytest.raises(WrongFile):
        recognise(path)


def test_a_document_type_with_an_inner_part_is_skipped(tmp_path):
    path = tmp_path / "file"
    path.write_text("<!DOCTYPE article [<!ELEMENT article (a)>]><article>", encoding="utf-8")
    assert recognise(path) == "jats"
