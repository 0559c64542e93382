"""The keyword index: the same bytes every time, one or many segments, and the same hits."""

from elara_local.passages import keywords
from elara_local.passages.keywords import Entry, Keywords, write_keywords

DRUGS = "amoxicillin artesunate zinc oxytocin magnesium insulin salbutamol diazepam".split()


def entries(count):
    for i in range(count):
        drug, other = DRUGS[i % 8], DRUGS[i * 7 % 5]
        yield Entry(i, f"give {drug} {i} mg not {other}", "Treatment", f"about {other}", "dose")


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_entries_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        write_keywords(tmp_path / name, entries(500))
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["one", "two"]


def test_many_segments_have_the_same_bytes_and_find_the_same(tmp_path, monkeypatch):
    write_keywords(tmp_path / "single", entries(500))
    monkeypatch.setattr(keywords, "SMALL", 40)
    monkeypatch.setattr(keywords, "TURN", 7)
    monkeypatch.setattr(keywords, "SEGMENT", 150)
    for name in ("one", "two"):
        write_keywords(tmp_path / name, entries(500))
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert len(list((tmp_path / "one").glob("*.term"))) == 8
    single, many = Keywords(tmp_path / "single"), Keywords(tmp_path / "one")
    assert many.count == single.count == 500
    for text in ("zinc 30 mg", "not oxytocin", "insulin 77", "dose"):
        assert many.search(text, 500) == single.search(text, 500)
        assert len(single.search(text, 500)) > 60


def test_an_index_of_nothing_opens(tmp_path):
    write_keywords(tmp_path / "none", ())
    assert Keywords(tmp_path / "none").search("zinc", 5) == []
