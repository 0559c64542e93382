"""EPUB: chapters in the order of the spine, each once; locks and bombs are refused."""

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.epub import read_epub
from tests.written import write_book

META = (
    "<dc:title>Field guide</dc:title><dc:date>2019-07</dc:date><dc:rights>CC BY 4.0</dc:rights>"
    "<dc:publisher>MoH</dc:publisher><dc:language>fr-FR</dc:language>"
    "<dc:identifier>urn:isbn:1</dc:identifier>"
)


def read(path):
    (found,) = read_epub(path, Hints())
    return found


def test_chapters_are_read_in_the_order_of_the_spine(tmp_path):
    chapters = {
        "b.xhtml": "<h1>Two</h1><p>10 mg<br/>x</p><aside>Never.</aside>",
        "a.xhtml": "<h1>One</h1><h2>Dose</h2><p>10<sup>3</sup></p>",
    }
    write_book(tmp_path / "a.epub", chapters, ["a.xhtml", "b.xhtml"], META)
    found = read(tmp_path / "a.epub")
    assert [(block.text, block.level) for block in found.blocks] == [
        ("One", 1),
        ("Dose", 2),
        ("10^3", 0),
        ("Two", 1),
        ("10 mg x", 0),
        ("Never.", 0),
    ]
    assert (found.title, found.edition, found.licence) == ("Field guide", "2019-07", "CC BY 4.0")
    assert (found.source, found.language, found.identifier) == ("MoH", "fr", "urn:isbn:1")


def test_a_cyclic_spine_is_read_once(tmp_path):
    chapters = {"a.xhtml": "<p>a</p>", "b.xhtml": "<p>b</p>"}
    write_book(tmp_path / "a.epub", chapters, ["a.xhtml", "b.xhtml"] * 500 + ["none"])
    assert [block.text for block in read(tmp_path / "a.epub").blocks] == ["a", "b"]


def test_the_date_of_a_change_is_no_edition(tmp_path):
    meta = '<dc:date opf:event="modification" xmlns:opf="urn:o">2024-01-01</dc:date>'
    write_book(tmp_path / "a.epub", {"a.xhtml": "<p>a</p>"}, meta=meta)
    assert read(tmp_path / "a.epub").edition == ""


@pytest.mark.parametrize(
    ("method", "locked"),
    [
        ("http://www.w3.org/2001/04/xmlenc#aes128-cbc", True),
        ("http://www.idpf.org/2008/embedding", False),
    ],
)
def test_a_locked_book_is_refused(tmp_path, method, locked):
    locks = f'<encryption><EncryptionMethod Algorithm="{method}"/></encryption>'
    members = {"META-INF__encryption.xml": locks}
    write_book(tmp_path / "a.epub", {"a.xhtml": "<p>a</p>"}, **members)
    if not locked:
        assert read(tmp_path / "a.epub").blocks[0].text == "a"
        return
    with pytest.raises(WrongFile, match="encrypted"):
        read(tmp_path / "a.epub")


def test_a_bomb_in_a_chapter_is_refused(tmp_path):
    write_book(tmp_path / "a.epub", {"a.xhtml": "x" * (8 << 20)})
    with pytest.raises(WrongFile, match="expands far more"):
        read(tmp_path / "a.epub")


def test_entities_in_the_package_are_refused(tmp_path):
    container = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    members = {"META-INF__container.xml": container}
    with pytest.warns(UserWarning, match="Duplicate"):
        write_book(tmp_path / "a.epub", {"a.xhtml": "<p>a</p>"}, **members)
    with pytest.raises(WrongFile, match="entities"):
        read(tmp_path / "a.epub")


def test_entities_in_a_chapter_are_not_expanded(tmp_path):
    write_book(tmp_path / "a.epub", {"a.xhtml": "<p>5 mg &b; &nbsp;&ge; 3</p>"})
    assert read(tmp_path / "a.epub").blocks[0].text == "5 mg &b; ≥ 3"


def test_missing_chapters_are_told(tmp_path):
    write_book(tmp_path / "a.epub", {"a.xhtml": "<p>a</p>", "../../b.xhtml": "<p>b</p>"})
    assert read(tmp_path / "a.epub").lacking == "1 of its chapters is missing"
