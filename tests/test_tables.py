"""CSV and TSV: rows with their heads; nothing under the wrong head."""

import pytest

from elara_local.errors import WrongFile
from index.documents import tables
from index.documents.blocks import Hints
from index.documents.tables import read_csv


def read(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.csv"
    path.write_bytes(text.encode(encoding))
    return list(read_csv(path, Hints()))


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("Drug,Dose\nA,5 mg\nB,\n", ["Drug: A; Dose: 5 mg", "Drug: B"]),
        ("Drug;Dose\nA;1,5 mg\nB;2,5 mg\n", ["Drug: A; Dose: 1,5 mg", "Drug: B; Dose: 2,5 mg"]),
        ("Drug\tDose\nA\t5, 6\n", ["Drug: A; Dose: 5, 6"]),
        ('Drug,Note\nA,"never, ""not""\nonce"\n', ['Drug: A; Note: never, "not" once']),
        ("A,5\nB,6\n", ["A; 5", "B; 6"]),
        ("only\n", ["only"]),
    ],
)
def test_rows_carry_their_heads(tmp_path, text, rows):
    (found,) = read(tmp_path, text)
    assert [block.text for block in found.blocks] == rows


def test_excel_files_in_windows_encoding_are_read(tmp_path):
    (found,) = read(tmp_path, "Drug;Dose\nÉther;5 µg\n", "cp1252")
    assert found.blocks[0].text == "Drug: Éther; Dose: 5 µg"


def test_rows_with_texts_are_documents(tmp_path):
    found = read(tmp_path, "id,title,abstract,year\n1,T,Give 5 mg.,2020\n2,U,Never.,\n3,V,,\n")
    assert [(one.title, one.blocks[0].text, one.edition) for one in found] == [
        ("T", "Give 5 mg.", "2020"),
        ("U", "Never.", ""),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Drug,Dose\nA,1,5 mg\n",
        'Drug,Dose\nA,"5 mg\n',
        'Drug,Dose\nA,"5" mg\n',
        "a" + ",b" * 500 + "\n",
        "a,b\n" + "x" * (2 << 20) + ",y\n",
    ],
)
def test_cells_that_may_be_misplaced_are_refused(tmp_path, text):
    with pytest.raises(WrongFile):
        read(tmp_path, text)


def test_rows_beyond_the_bound_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2500)
    (found,) = read(tmp_path, "Drug,Dose\n" + "".join(f"D{n},{n} mg\n" for n in range(3000)))
    assert [block.text for block in found.blocks] == [
        f"Drug: D{n}; Dose: {n} mg" for n in range(2500)
    ]
    assert found.lacking == "the last 500 rows were not read"
