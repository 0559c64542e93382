"""The index folder: written, opened, refused when anything in it is not what was built."""

import json
import threading

import numpy as np
import pytest

from elara_local.errors import Missing, WrongFile
from elara_local.passages.folder import MANIFEST, open_index, write_index
from elara_local.passages.store import Document
from elara_local.records import Passage

TEXTS = [
    "Do not give aspirin to a child with fever.",
    "Give zinc 20 mg once daily for 10 days to a child with diarrhoea.",
    "Magnesium sulfate stops convulsions in eclampsia.",
    "La fièvre typhoïde se traite par ciprofloxacine.",
]


def rows(count):
    random = np.random.default_rng(5)
    values = random.normal(size=(count, 32)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


@pytest.fixture
def folder(tmp_path):
    text = "\n".join(TEXTS)
    passages, start = [], 0
    for number, line in enumerate(TEXTS):
        passages.append(Passage(number, "doc", "Title", "Treatment", line, start, start + len(line),
                                populations=("child",)))  # fmt: skip
        start += len(line) + 1
    target = tmp_path / "index"
    document = Document(
        "doc", "Title", text, "paediatrics", "2026-11", sources=("A, 2020",), keywords="pyrexia"
    )
    write_index(target, [document], passages, rows(len(TEXTS)), {"name": "n"})
    return target


def test_what_was_written_is_read(folder):
    index = open_index(folder)
    assert [p.text for p in index.store.passages()] == TEXTS
    assert index.store.documents()[0].sources == ("A, 2020",)
    assert index.store.text_of("doc").split("\n") == TEXTS
    assert index.manifest["passages"] == len(TEXTS)
    assert index.store.read([2, 0])[0].text == TEXTS[2]
    assert index.store.words()["magnesium"] == 1
    assert len(index.fingerprint) == 12


def test_keywords_find_stems_accents_and_topic_words(folder):
    index = open_index(folder)
    assert index.keywords.search("convulsion", 5)[0][0] == 2
    assert index.keywords.search("typhoide fievre", 5)[0][0] == 3
    assert len(index.keywords.search("pyrexia", 5)) == len(TEXTS)
    assert index.keywords.search("?!", 5) == []
    assert index.keywords.search("xylophone", 5) == []


def test_a_weight_raises_what_a_term_counts(folder):
    index = open_index(folder)
    assert index.keywords.count == len(TEXTS)
    plain = dict(index.keywords.search("zinc magnesium", 5))
    raised = dict(index.keywords.search("zinc magnesium", 5, {"zinc": 3.0}))
    assert raised[1] == pytest.approx(3 * plain[1], rel=1e-4)
    assert raised[2] == pytest.approx(plain[2], rel=1e-4)


def test_negations_are_searched_not_dropped(folder):
    index = open_index(folder)
    assert "not" in index.keywords.terms("do not give")
    assert index.keywords.search("not", 5)[0][0] == 0


def test_query_syntax_is_only_words(folder):
    index = open_index(folder)
    assert index.keywords.search('title:"x" AND (zinc OR ) [* TO *]~2^', 5)[0][0] == 1


def test_vectors_are_found_and_mapped(folder):
    index = open_index(folder)
    vectors = rows(len(TEXTS))
    for number, row in enumerate(vectors):
        (best, cosine), *_ = index.vectors.search(row, 2)
        assert best == number and cosine == pytest.approx(1.0, abs=0.02)
    found = index.vectors.cosines(vectors[0], [0, 3])
    assert found[0] == pytest.approx(1.0, abs=0.02)
    assert found[1] == pytest.approx(float(vectors[0] @ vectors[3]), abs=0.02)
    assert index.vectors.cosines(vectors[0], []) == []


def test_a_missing_index_says_how_to_build_one(tmp_path):
    with pytest.raises(Missing, match="index build"):
        open_index(tmp_path / "none")


@pytest.mark.parametrize("name", ["passages.sqlite", "vectors.faiss", "keywords/meta.json"])
def test_one_changed_byte_is_refused(folder, name):
    path = folder / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(WrongFile, match="not the one that was built"):
        open_index(folder)


@pytest.mark.parametrize("name", ["passages.sqlite", "vectors.faiss", "keywords/meta.json"])
def test_a_missing_file_is_refused(folder, name):
    (folder / name).unlink()
    with pytest.raises(WrongFile, match="is missing"):
        open_index(folder)


def test_an_added_file_is_refused(folder):
    (folder / "keywords" / "stranger.bin").write_bytes(b"x")
    with pytest.raises(WrongFile, match="not in its manifest"):
        open_index(folder)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": 1}', "\x00", '{"files": {}}', "[" * 100_000]
)
def test_a_damaged_manifest_is_refused(folder, text):
    (folder / MANIFEST).write_text(text, encoding="utf-8")
    with pytest.raises(WrongFile, match="damaged"):
        open_index(folder)


def test_another_format_is_refused(folder):
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, "format": 99}), encoding="utf-8")
    with pytest.raises(WrongFile, match="format 99"):
        open_index(folder)


@pytest.mark.parametrize(
    ("name", "value"), [("passages", 3), ("dimensions", 3), ("dimensions", None), ("documents", [])]
)
def test_a_manifest_that_does_not_fit_is_refused(folder, name, value):
    manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    (folder / MANIFEST).write_text(json.dumps({**manifest, name: value}), encoding="utf-8")
    with pytest.raises(WrongFile):
        open_index(folder)


def test_a_new_build_takes_the_place_of_the_old(folder):
    passage = Passage(0, "new", "T", "S", "New words.", 0, 10)
    write_index(folder, [Document("new", "T", "New words.")], [passage], rows(1), {})
    index = open_index(folder)
    assert [p.document for p in index.store.passages()] == ["new"]
    assert sorted(p.name for p in folder.parent.iterdir()) == ["index"]


def test_opening_writes_nothing_into_the_index(folder):
    before = sorted(p.name for p in folder.rglob("*"))
    index = open_index(folder)
    assert index.keywords.search("zinc", 3)
    assert sorted(p.name for p in folder.rglob("*")) == before


def test_threads_read_side_by_side(folder):
    index = open_index(folder)
    wrong = []

    def read():
        for number in [0, 1, 2, 3] * 50:
            if index.store.read([number])[0].text != TEXTS[number]:
                wrong.append(number)

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
