"""A folder of documents becomes an index: shard by shard, resumable, the same bytes always."""

import json
import multiprocessing
import os
import random

import numpy as np
import pytest

from elara_local.errors import Missing
from elara_local.passages.folder import open_index
from index.collection import Collection, Pace, build_collection, list_shards, make_here
from index.shards import Plan, is_complete

ARTICLE = """<PubmedArticle><MedlineCitation><PMID Version="{version}">{number}</PMID><Article>
<Journal><JournalIssue><PubDate><Year>{year}</Year></PubDate></JournalIssue><Title>J</Title>
</Journal><ArticleTitle>{title}</ArticleTitle><Abstract><AbstractText>{text}</AbstractText>
</Abstract><Language>eng</Language></Article></MedlineCitation></PubmedArticle>"""
TEXT = "The treatment of {0} in the children of the ward was by mouth and it was safe at {1} mg."
PLAN = Plan("test", "0" * 64, licence="CC0-1.0")


class Letters:
    """An embedder of letter counts: the same for the same text, whatever is beside it."""

    dimension = 32

    def embed(self, texts):
        rows = np.zeros((len(texts), 32), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            for letter in text.casefold():
                row[ord(letter) % 32] += 1
            row /= max(np.linalg.norm(row), 1)
        return rows


def article(number, text, version=1, year=2024, title="On care."):
    return ARTICLE.format(number=number, version=version, year=year, title=title, text=text)


def write_file(folder, name, *articles):
    folder.mkdir(exist_ok=True)
    body = "".join(articles)
    (folder / name).write_text(f'<?xml version="1.0"?><PubmedArticleSet>{body}</PubmedArticleSet>')


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "source"
    for n, drug in enumerate(("zinc", "amoxicillin", "quinine", "artesunate")):
        write_file(
            folder,
            f"file{n}.xml",
            *(article(100 * n + i, TEXT.format(drug, 10 + i)) for i in range(8)),
        )
    return folder


def collect(source, target):
    return Collection(source, target, PLAN, "Tests", shelf="collection")


def build(source, target):
    return build_collection(collect(source, target), make_here(Letters()))


def content(folder):
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_a_folder_becomes_an_index_of_the_same_bytes(source, tmp_path):
    gathered = build(source, tmp_path / "one")
    build(source, tmp_path / "two")
    assert (gathered.documents, gathered.passages) == (32, 32)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    index = open_index(tmp_path / "one")
    assert index.manifest["shelf"] == "collection" and index.manifest["edition"] == "2024"
    assert index.manifest["vectors"]["kind"] == "exact"
    assert "quinine" in index.store.read([index.keywords.search("quinine", 1)[0][0]])[0].text
    for passage in index.store.passages():
        assert index.store.text_of(passage.document)[passage.start : passage.end] == passage.text
        row = Letters().embed([f"{passage.title}. {passage.section}. {passage.text}"])[0]
        assert index.vectors.cosines(row, [passage.id])[0] == pytest.approx(1, abs=0.02)
    assert not (tmp_path / "one.shards").exists()


def test_files_of_other_formats_and_files_that_are_none(source, tmp_path):
    (source / "zinc.html").write_text("<h1>Zinc</h1><p>Give zinc 20 mg for 10 days.</p>")
    (source / "noise.pdf").write_bytes(b"\x00\x01" * 50)
    gathered = build(source, tmp_path / "out")
    assert [line.split(":")[0] for line in gathered.refused] == ["noise.pdf"]
    index = open_index(tmp_path / "out")
    assert "zinc.html#0" in {document.id for document in index.store.documents()}


def test_versions_deletions_and_copies_are_settled_over_all_files(source, tmp_path):
    newer = TEXT.format("zinc", 777)
    copy = TEXT.format("quinine", 12)  # of pmid:202
    write_file(source, "later.xml", article(3, newer, version=2), article(999, copy, year=2020))
    gathered = build(source, tmp_path / "out")
    index = open_index(tmp_path / "out")
    ids = {document.id: document for document in index.store.documents()}
    assert "777 mg" in ids["pmid:3"].text and "pmid:999" not in ids
    assert gathered.documents == 32
    assert gathered.merged.dropped == {"versions": 1, "exact duplicates": 1}
    rejects = [json.loads(x) for x in (tmp_path / "out.rejects.jsonl").read_text().splitlines()]
    assert sorted(r["id"] for r in rejects) == ["pmid:3", "pmid:999"]


def test_what_is_ready_is_not_made_again(source, tmp_path):
    made = []

    def stop_after_two(collection, shards, say):
        for n, done in enumerate(make_here(Letters())(collection, shards, say)):
            made.append(done[0].name)
            yield done
            if n == 1:
                raise KeyboardInterrupt

    def go_on(collection, shards, say):
        for done in make_here(Letters())(collection, shards, say):
            made.append(done[0].name)
            yield done

    collection = collect(source, tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        build_collection(collection, stop_after_two)
    assert not (tmp_path / "out").exists()
    build_collection(collection, go_on)
    assert made == ["file0.xml", "file1.xml", "file2.xml", "file3.xml"]
    build(source, tmp_path / "fresh")
    assert content(tmp_path / "out") == content(tmp_path / "fresh")


def test_a_shard_that_was_harmed_or_whose_file_changed_is_made_again(source, tmp_path):
    collection = collect(source, tmp_path / "out")
    shards = list_shards(collection)
    list(make_here(Letters())(collection, shards, print))
    assert all(is_complete(collection.work, shard.key) for shard in shards)
    rows = collection.work / shards[0].key / "rows.npy"
    rows.write_bytes(rows.read_bytes()[:-1] + b"\x7f")
    (collection.work / shards[1].key / "shard.json").write_text("[]")
    write_file(source, "file2.xml", article(1, TEXT.format("iron", 5)))
    again = list_shards(collection)
    ready = [is_complete(collection.work, shard.key) for shard in again]
    assert ready == [False, False, False, True]


def run(source, target):
    build(source, target)
    os._exit(0)


@pytest.mark.skipif(os.name == "nt", reason="needs processes that are forked")
def test_killed_again_and_again_it_ends_with_the_same_bytes(source, tmp_path):
    build(source, tmp_path / "whole")
    context = multiprocessing.get_context("fork")
    draw, ended, killed = random.Random(4), False, 0
    while not ended:
        child = context.Process(target=run, args=(source, tmp_path / "out"))
        child.start()
        child.join(0.01 + draw.uniform(0, 0.02 * killed) if killed < 12 else 60)
        ended = child.exitcode == 0
        killed += not ended
        child.kill()
        child.join()
    assert killed and content(tmp_path / "out") == content(tmp_path / "whole")


def test_nothing_to_read_is_said_and_leaves_the_target(source, tmp_path):
    build(source, tmp_path / "out")
    before = content(tmp_path / "out")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(Missing, match="no files"):
        build(empty, tmp_path / "out")
    (empty / "a.pdf").write_bytes(b"\x00")
    with pytest.raises(Missing, match="No file"):
        build(empty, tmp_path / "out")
    assert content(tmp_path / "out") == before


def test_the_pace_says_rate_and_time_left():
    said, clock = [], iter([0.0, 10.0, 10.0, 20.0, 20.0])
    pace = Pace(1000, said.append, lambda: next(clock))
    pace.count(600)
    pace.finish(100)
    pace.count(600)
    assert said == [
        "600 passages, 60 a second, time left not known yet.",
        "1,200 passages, 60 a second, about 1 minutes left.",
    ]
