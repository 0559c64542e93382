"""Whole files: the same outcome in one process and in two, all or nothing, every line told."""

import json

import pytest

from benchmarks.corpus import write_articles
from elara_local.errors import Missing, WrongFile, WrongUse
from index import stretches
from index.articles import record_of, run_clean
from index.documents.blocks import Block, Parsed
from index.quality import find_fault
from index.records import Dropped, Record, kept_of, read_record, write_record
from index.stretches import cut_files, read_stretch
from tests.test_dedupe import REST, article, sift


def write_lines(path, records):
    path.write_text("".join(write_record(record) + "\n" for record in records), encoding="utf-8")
    return path


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_file_is_cleaned_as_its_records_are(tmp_path):
    source = tmp_path / "a.jsonl"
    write_articles(source, 1500, seed=5)
    records = [read_record(line) for line in source.open("rb")]
    fates = list(sift(records))
    done = run_clean([source], tmp_path / "kept.jsonl", tmp_path / "rejects.jsonl")
    kept = [read_record(line) for line in (tmp_path / "kept.jsonl").open("rb")]
    assert kept == kept_of(fates)
    gone = [fate for fate in fates if isinstance(fate, Dropped)]
    assert [d["id"] for d in read_lines(tmp_path / "rejects.jsonl")] == [d.id for d in gone]
    assert done.read == 1500 == done.kept + sum(done.dropped.values())
    assert done.kept == len(kept)
    assert {"near duplicates", "exact duplicates", "quality", "versions"} == set(done.dropped)
    assert f"{done.kept:,} of 1,500 records kept" in done.line and "\n" not in done.line


def test_two_processes_decide_as_one(tmp_path, monkeypatch):
    source = tmp_path / "a.jsonl"
    write_articles(source, 1200, seed=6)
    outcomes = []
    for workers, alone, size in ((1, 1 << 30, 8 << 20), (2, 0, 100_000)):
        monkeypatch.setattr("index.articles.ALONE", alone)
        monkeypatch.setattr("index.articles.STRETCH", size)
        target, rejects = tmp_path / f"kept{workers}", tmp_path / f"rejects{workers}"
        run_clean([source], target, rejects, workers=workers)
        outcomes.append((target.read_bytes(), rejects.read_bytes()))
    assert outcomes[0] == outcomes[1]
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".clean-")]


def test_a_bad_line_stops_no_other(tmp_path, monkeypatch):
    monkeypatch.setattr(stretches, "LONGEST_LINE", 2000)
    good = write_record(article()).encode()
    lines = [b"not json", b"[1]", good, b"", b'{"id": "x", "text": 5}', b"x" * 9000, b"\xff\xfe"]
    source = tmp_path / "a.jsonl"
    source.write_bytes(b"\n".join(lines) + b"\n" + good.replace(b"pmid:1", b"pmid:2"))
    done = run_clean([source], tmp_path / "k", tmp_path / "r")
    assert [d["id"] for d in read_lines(tmp_path / "k")] == ["pmid:1"]
    reasons = [d["reason"] for d in read_lines(tmp_path / "r")]
    assert reasons.count("no JSON object with text in its fields") == 4
    assert reasons.count("a line too long to read") == 1
    assert reasons.count("the same text") == 1
    assert done.read == 7


@pytest.mark.parametrize("size", [1, 40, 1000, 10**6])
def test_stretches_hold_every_line_once(tmp_path, size):
    source = write_lines(tmp_path / "a.jsonl", [article(f"x:{n}", REST[n:]) for n in range(20)])
    cut = cut_files([source], size)
    assert [s.start for s in cut[1:]] == [s.end for s in cut[:-1]]
    found = [entry[0] for s in cut for entry in read_stretch(s, tmp_path).entries]
    assert found == [f"x:{n}" for n in range(20)]


def test_a_failed_run_leaves_the_old_files(tmp_path, monkeypatch):
    source = write_lines(tmp_path / "a.jsonl", [article()])
    target, rejects = tmp_path / "k", tmp_path / "r"
    target.write_text("old")
    monkeypatch.setattr("index.articles.write_dropped", lambda dropped: 1 / 0)
    source.write_text(source.read_text() + "broken\n")
    with pytest.raises(ZeroDivisionError):
        run_clean([source], target, rejects)
    assert target.read_text() == "old" and not rejects.exists()
    assert {p.name for p in tmp_path.iterdir()} == {"a.jsonl", "k"}


def test_wrong_names_are_refused(tmp_path):
    source = write_lines(tmp_path / "a.jsonl", [article()])
    with pytest.raises(Missing, match="There is no file"):
        run_clean([tmp_path / "none.jsonl"], tmp_path / "k", tmp_path / "r")
    for target, rejects in ((source, tmp_path / "r"), (tmp_path / "k", tmp_path / "k")):
        with pytest.raises(WrongUse):
            run_clean([source], target, rejects)
    assert run_clean([source], tmp_path / "new" / "k", tmp_path / "r").kept == 1


def test_a_line_keeps_what_it_brought():
    line = '{"identifier": "doi:1", "abstract": "Text.", "edition": "2020", "journal": {"n": 1}}'
    record = read_record(line)
    assert (record.id, record.text, record.date) == ("doi:1", "Text.", "2020")
    assert json.loads(write_record(record)) == {
        "id": "doi:1", "text": "Text.", "date": "2020", "journal": {"n": 1}
    }  # fmt: skip
    assert read_record('{"id": 12, "text": "x", "version": "3"}').id == "12"
    assert read_record(write_record(article(also=("a", "b"), version=2))) == article(
        also=("a", "b"), version=2
    )
    for bad in ("[]", "5", "{", '{"id": ["x"]}', '{"id": "x", "title": 5}', '{"version": "x"}'):
        with pytest.raises(WrongFile):
            read_record(bad)


def test_a_parsed_document_becomes_a_record():
    blocks = (Block("Fever", "heading", 1), Block("Give water."), Block(""))
    parsed = Parsed("Care", blocks, "2021", "CC0", "Ministry", "doi:1", 2, "retracted", "k", "en")
    assert record_of(parsed) == Record(
        "doi:1", "Fever\nGive water.", "Care", "2021", 2, "CC0", "Ministry", "retracted", "en", "k"
    )
    assert find_fault(record_of(parsed)) == "too short"
