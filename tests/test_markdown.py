"""Markdown with tables and front matter."""

import pytest

from elara_local.errors import WrongFile
from index.documents.blocks import Hints
from index.documents.markdown import read_markdown, render


def read(tmp_path, text, **hints):
    path = tmp_path / "a file.md"
    path.write_bytes(text.encode())
    (found,) = read_markdown(path, Hints(**hints))
    return found


def texts(tmp_path, text):
    return [block.text for block in read(tmp_path, text).blocks]


def test_structure_and_front_matter(tmp_path):
    found = read(
        tmp_path,
        "---\r\ntitle: 'Malaria: children'\ndate: 17 May 2023\nlicense: CC BY 4.0\ntags:\n- fever\n"
        "- child\nsource: MoH\n---\n\n## Dose\n\n3. wash\n4. weigh\n   - item\n\n### Infants\n\n"
        "| Age | Dose |\n|---|---:|\n| < 5 | 10<sup>3</sup> µg |\n",
    )
    assert (found.title, found.edition, found.licence) == (
        "Malaria: children",
        "2023-05-17",
        "CC BY 4.0",
    )
    assert (found.keywords, found.source) == ("fever, child", "MoH")
    assert [(b.text, b.kind, b.level) for b in found.blocks] == [
        ("Dose", "heading", 1),
        ("3. wash", "item", 0),
        ("4. weigh", "item", 0),
        ("item", "item", 0),
        ("Infants", "heading", 2),
        ("Age: < 5; Dose: 10^3 µg", "row", 0),
    ]


def test_toml_front_matter(tmp_path):
    found = read(tmp_path, '+++\ntitle = "T"\nedition = "2020"\n+++\ntext\n')
    assert (found.title, found.edition) == ("T", "2020")


def test_a_rule_is_no_front_matter(tmp_path):
    assert texts(tmp_path, "---\n\nDo not give.\n\n---\n\nx\n") == ["Do not give.", "x"]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("SpO2 < 90 % and pH <7.1", "SpO2 < 90 % and pH <7.1"),
        ("give <dose> mg of <b>it</b>", "give <dose> mg of it"),
        ("<weight> kg", "<weight> kg"),
        ("**not** ~~5~~ 10 mg", "not 10 mg"),
        ("5 \\* 3 &micro;g", "5 * 3 µg"),
        ("`5 mg`  \ntwice", "5 mg twice"),
        ("10^3^ and H~2~O", "10^3^ and H~2~O"),
        ("[link](http://x)", "link"),
        ("<!-- hidden -->seen", "seen"),
    ],
)
def test_what_a_line_means_is_kept(tmp_path, written, said):
    assert texts(tmp_path, f"start\n\n{written}\n\nend")[1:-1] == [said]


def test_the_lone_top_heading_is_the_title(tmp_path):
    found = read(tmp_path, "# Malaria\n\ntext\n\n## Dose\n\n5 mg")
    assert found.title == "Malaria"
    assert [(b.text, b.level) for b in found.blocks] == [("text", 0), ("Dose", 1), ("5 mg", 0)]


@pytest.mark.parametrize("mark", ["> ", "- ", "[", "*a "])
def test_deep_nesting_is_read_or_refused(mark):
    try:
        assert "x" in render(mark * 3000 + "x")
    except WrongFile as error:
        assert "nested" in error.message


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2*5*3 mg", ["2*5*3 mg"]),
        ("Treat when SpO2\n> 90 % is not reached", ["Treat when SpO2 > 90 % is not reached"]),
        ("> quoted\n> 5 mg", ["quoted 5 mg"]),
        ("`2*5`", ["2*5"]),
    ],
)
def test_signs_of_arithmetic_are_no_marks(tmp_path, written, said):
    assert texts(tmp_path, written) == said
