"""Plain text: paragraphs, items and headings, and nothing joined that was apart."""

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.plain import read_text, split_text


def shapes(text):
    return [(block.kind, block.text) for block in split_text(text)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a wrapped\nline\n\nnext", [("text", "a wrapped line"), ("text", "next")]),
        (
            "Give:\n- 5 mg\n- 10 mg\n  twice",
            [("text", "Give:"), ("item", "5 mg"), ("item", "10 mg twice")],
        ),
        (
            "1. wash\n2) weigh\n(a) wait",
            [("item", "1. wash"), ("item", "2) weigh"), ("item", "(a) wait")],
        ),
        ("E. coli is common", [("text", "E. coli is common")]),
        ("-5 degrees", [("text", "-5 degrees")]),
        ("DOSE IN CHILDREN\n\n5 mg", [("heading", "DOSE IN CHILDREN"), ("text", "5 mg")]),
        ("DO NOT GIVE ASPIRIN\n\nx", [("text", "DO NOT GIVE ASPIRIN"), ("text", "x")]),
        (
            "Dose\n====\n5 mg\n\nSub\n---\nx",
            [("heading", "Dose"), ("text", "5 mg"), ("heading", "Sub"), ("text", "x")],
        ),
        ("A\t5 mg\nB\t\t10 mg", [("row", "A; 5 mg"), ("row", "B; 10 mg")]),
        ("a    5 mg\nb    10 mg\nend", [("row", "a; 5 mg"), ("row", "b; 10 mg"), ("text", "end")]),
        ("x" * 200 + "\nshort", [("text", "x" * 200), ("text", "short")]),
        ("page one\fpage two", [("text", "page one"), ("text", "page two")]),
    ],
)
def test_blocks(text, said):
    assert shapes(text) == said


def test_one_endless_line_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.write(b"a")
        file.truncate(200 << 20)
    with pytest.raises(WrongFile, match="more than 64 MB"):
        list(read_text(path, Hints()))


def test_a_paragraph_with_a_lost_character_is_left_out_and_told(tmp_path):
    path = tmp_path / "a.txt"
    good = "Gabe täglich. " * 100
    path.write_bytes(f"{good}\n\nGive 5 ".encode() + b"\xb5g.\n\n" + good.encode())
    (found,) = read_text(path, Hints())
    assert [block.text for block in found.blocks] == [good.strip()] * 2
    assert found.lacking.startswith("1 paragraph left out")


def test_a_text_that_was_damaged_before_is_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("Give 5 \ufffdg and \ufffd tablet.", encoding="utf-8")
    with pytest.raises(WrongFile, match="can't be read"):
        list(read_text(path, Hints()))
