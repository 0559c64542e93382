"""The committed index is what the committed handbook gives, and a build is all or nothing."""

import shutil

import numpy as np
import pytest

from elara_local.errors import Missing, WrongFile
from elara_local.passages.folder import open_index
from elara_local.settings import HANDBOOK, PREBUILT_INDEX
from index.build import build_index
from index.slices import embedding_text

MODEL = "all-minilm-l6-v2-int8"


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory, embedder):
    target = tmp_path_factory.mktemp("index") / "rebuilt"
    build_index(HANDBOOK, target, embedder, MODEL, embedder.fingerprint)
    return open_index(target)


def test_the_prebuilt_index_has_the_passages_of_a_fresh_build(prebuilt, rebuilt):
    assert list(prebuilt.store.passages()) == list(rebuilt.store.passages())
    assert prebuilt.store.documents() == rebuilt.store.documents()
    assert prebuilt.store.words() == rebuilt.store.words()
    for name in ("documents", "passages", "embedding_model", "embedding_sha256", "settings"):
        assert prebuilt.manifest[name] == rebuilt.manifest[name]


def test_the_prebuilt_index_has_the_vectors_of_a_fresh_build(prebuilt, rebuilt, embedder):
    passages = list(rebuilt.store.passages())
    rows = embedder.embed([embedding_text(p) for p in passages])
    for vectors in (prebuilt.vectors, rebuilt.vectors):
        assert vectors.size == len(passages)
        own = [vectors.cosines(row, [i])[0] for i, row in enumerate(rows)]
        assert min(own) > 0.99
    queries = embedder.embed(["fever in a child", "bleeding after birth", "snakebite"])
    for query in np.asarray(queries):
        fresh = [row for row, _ in rebuilt.vectors.search(query, 5)]
        assert [row for row, _ in prebuilt.vectors.search(query, 5)] == fresh


def test_the_prebuilt_index_finds_the_same_by_keywords(prebuilt, rebuilt):
    for text in ("artesunate dose", "eclampsia magnesium", "plan B ORS"):
        assert prebuilt.keywords.search(text, 10) == rebuilt.keywords.search(text, 10)


def test_the_prebuilt_index_is_small():
    size = sum(p.stat().st_size for p in PREBUILT_INDEX.rglob("*") if p.is_file())
    assert size <= 20_000_000


def test_an_empty_folder_builds_nothing(tmp_path, embedder):
    with pytest.raises(Missing, match="no topics"):
        build_index(tmp_path, tmp_path / "out", embedder, MODEL, "x")
    assert not (tmp_path / "out").exists()


def test_a_broken_topic_leaves_the_old_index_in_place(tmp_path, embedder):
    source, target = tmp_path / "topics", tmp_path / "index"
    source.mkdir()
    shutil.copy(HANDBOOK / "snakebite.md", source)
    build_index(source, target, embedder, MODEL, embedder.fingerprint)
    before = open_index(target).fingerprint
    (source / "broken.md").write_text("no front matter", encoding="utf-8")
    with pytest.raises(WrongFile, match="broken.md"):
        build_index(source, target, embedder, MODEL, embedder.fingerprint)
    assert open_index(target).fingerprint == before
