"""JSON and JSONL: documents by the names of their fields, all else as rows."""

import json

import pytest

from elara_local.errors import WrongFile
from index.documents import objects
from index.documents.blocks import Hints
from index.documents.objects import read_json, read_jsonl


def read(tmp_path, value, **hints):
    path = tmp_path / "a.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return list(read_json(path, Hints(**hints)))


def test_the_fields_of_a_document(tmp_path):
    record = {
        "pmid": 123,
        "Title": "T",
        "abstract": "Give 5 mg.\n\nNever 10.",
        "year": 2021,
        "license": "CC0",
        "journal": "J",
        "url": "http://x",
        "mesh": ["Fever", "Child"],
        "authors": ["A", "B"],
        "notice": "retracted",
    }
    (found,) = read(tmp_path, [record])
    assert (found.title, found.identifier, found.edition) == ("T", "pmid:123", "2021")
    assert (found.licence, found.source, found.keywords) == ("CC0", "J, http://x", "Fever, Child")
    assert found.notice == "retracted"
    assert [block.text for block in found.blocks] == ["Give 5 mg.", "Never 10.", "authors: A, B"]


def test_numbers_stay_as_they_are_written(tmp_path):
    (found,) = read(tmp_path, '{"drug": "A", "dose": 1.50, "most": 1e400, "ok": true, "no": null}')
    assert found.blocks[0].text == "drug: A; dose: 1.50; most: 1e400; ok: true"


def test_a_key_that_is_there_twice_keeps_both(tmp_path):
    (found,) = read(tmp_path, '{"dose": "5 mg", "dose": "10 mg"}')
    assert found.blocks[0].text == "dose: 5 mg, 10 mg"


def test_sections_become_headings(tmp_path):
    book = {
        "title": "Guide",
        "sections": [
            {"title": "Dose", "text": "5 mg", "sections": [{"title": "Infants", "text": "1 mg"}]},
            {"title": "Avoid", "content": ["a", "b"]},
        ],
    }
    (found,) = read(tmp_path, book)
    assert found.title == "Guide"
    assert [(block.text, block.level) for block in found.blocks] == [
        ("Dose", 1),
        ("5 mg", 0),
        ("Infants", 2),
        ("1 mg", 0),
        ("Avoid", 1),
        ("a", 0),
        ("b", 0),
    ]


def test_other_objects_are_rows_under_the_names_of_their_parts(tmp_path):
    (found,) = read(tmp_path, {"drug": "A", "adult": {"dose": "5 mg"}, "child": [{"dose": "1"}]})
    assert [(block.kind, block.text, block.level) for block in found.blocks] == [
        ("row", "drug: A", 0),
        ("heading", "adult", 1),
        ("row", "dose: 5 mg", 0),
        ("heading", "child", 1),
        ("row", "dose: 1", 0),
    ]
    assert found.title == "a"


def test_each_line_is_a_document_and_empty_ones_are_left_out(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"question": "Q", "answer": "5 mg"}\n\n{"title": "empty", "text": ""}\n{"text": "b"}\n',
        encoding="utf-8",
    )
    found = list(read_jsonl(path, Hints(title="ignored", licence="L")))
    assert [(one.title, one.blocks[0].text, one.licence) for one in found] == [
        ("Q", "5 mg", "L"),
        ("a", "b", "L"),
    ]


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a": "' + "x", "[]", "{}", "nul"])
def test_what_is_no_json_or_holds_nothing_is_refused(tmp_path, text):
    with pytest.raises(WrongFile):
        read(tmp_path, text)


def test_parts_nested_too_deeply_are_refused(tmp_path):
    with pytest.raises(WrongFile, match="nested"):
        read(tmp_path, '{"a": ' * 50 + '"b"' + "}" * 50)


def test_an_endless_line_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(objects, "LONGEST_LINE", 1000)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "' + b"x" * 2000)
    with pytest.raises(WrongFile, match="line"):
        list(read_jsonl(path, Hints()))


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a"}\n{"text": \n', encoding="utf-8")
    with pytest.raises(WrongFile, match="line 2"):
        list(read_jsonl(path, Hints()))


def test_texts_in_html_are_read_as_such(tmp_path):
    (found,) = read(tmp_path, {"title": "T", "body": "<p>10<sup>3</sup> &lt; x</p><ul><li>a</ul>"})
    assert [block.text for block in found.blocks] == ["10^3 < x", "a"]


def test_what_an_object_holds_never_stands_under_another_object(tmp_path):
    protocols = [
        {"drug": "Salbutamol", "child": {"dose": "2.5 mg"}, "adult": {"dose": "5 mg"}},
        {"drug": "Aminophylline", "dose": "5 mg/kg"},
    ]
    (found,) = read(tmp_path, {"title": "Asthma", "protocols": protocols})
    headings = {}
    for block in found.blocks:
        if block.kind == "heading":
            headings = {k: v for k, v in headings.items() if k < block.level}
            headings[block.level] = block.text
        elif block.text == "dose: 5 mg":
            assert list(headings.values()) == ["protocols", "drug: Salbutamol", "adult"]
        elif block.text.startswith("drug: Aminophylline"):
            assert "adult" not in headings.values()
            assert "drug: Salbutamol" not in headings.values()
    assert any(block.text == "dose: 5 mg" for block in found.blocks)


@pytest.mark.parametrize("field", [{"status": "Retracted"}, {"withdrawn": True}])
def test_a_record_that_says_it_is_withdrawn_has_a_notice(tmp_path, field):
    (found,) = read(tmp_path, [{"title": "T", "text": "Give 5 mg.", **field}])
    assert found.notice
    (other,) = read(tmp_path, [{"title": "T", "text": "Give 5 mg.", "status": "active"}])
    assert other.notice == ""
