"""A library is several shelves asked as one, and is changed all at once or not at all."""

import json
import multiprocessing
import os
import random
import re
import sqlite3
import time
from contextlib import closing

import numpy as np
import pytest

from elara_local.errors import WrongFile
from elara_local.passages import volumes
from elara_local.passages.folder import write_index
from elara_local.passages.holdings import (
    NAME,
    ORIGINALS,
    VOLUMES,
    File,
    attach,
    detach,
    read_holdings,
)
from elara_local.passages.integrity import fingerprint
from elara_local.passages.library import open_library
from elara_local.passages.store import Document
from elara_local.passages.volumes import change
from elara_local.records import Passage
from tests import library_changes as changes
from tests.library_changes import ABOUT, addition, documents_of, go_to, rows

KILLS = 100


def write_shelf(folder, lines, title="Handbook", **about):
    texts = [f"{title}\n{line}" for line in lines]
    documents = [Document(f"{title}-{n}", title, text) for n, text in enumerate(texts)]
    first = len(title) + 1
    passages = [
        Passage(n, f"{title}-{n}", title, "", line, first, first + len(line))
        for n, line in enumerate(lines)
    ]
    write_index(
        folder, documents, passages, rows(len(lines), 2),
        {"name": title, "edition": "2026", "embedding_sha256": "e", **about},
    )  # fmt: skip
    return folder


@pytest.fixture
def base(tmp_path):
    return write_shelf(tmp_path / "base", ["Malaria needs artesunate.", "Cholera needs fluids."])


def state_of(base, folder):
    """The one state that every document, passage, keyword and vector of the library is in."""
    library = open_library(base, folder)
    assert library.lacking == ()
    own = [p for p in library.store.passages() if p.shelf == "own"]
    found = {int(re.search(r"state (\d+)", p.text)[1]) for p in own}
    assert len(found) == 1, "a mixture"
    (state,) = found
    assert sorted({p.document for p in own}) == documents_of(state)
    assert library.vectors.size == len(own) + 2 == library.manifest["passages"]
    hits = {i for i, _ in library.keywords.search(f"{state}", 50)}
    assert hits == {p.id for p in own}
    for passage in own:
        assert library.store.read([passage.id]) == [passage]
    assert {f.sha256 for f in library.holdings.files.values()} == {f"{state}"}
    library.close()
    return state


def start(context, folder, state):
    """A process that changes the library again and again, from this state on."""
    ready = context.Event()
    child = context.Process(target=changes.run, args=(folder, state, ready))
    child.start()
    assert ready.wait(60)
    return child


def test_killed_at_any_moment_the_old_or_the_new_library_opens(base, tmp_path):
    folder = tmp_path / "library"
    go_to(folder, 0)
    context = multiprocessing.get_context("spawn" if not hasattr(os, "fork") else
                                          "forkserver")  # fmt: skip
    if context.get_start_method() == "forkserver":
        context.set_forkserver_preload(["tests.library_changes", "faiss", "tantivy"])
    rng = random.Random(5)
    child, began = start(context, folder, 1), time.monotonic()
    while documents_of(1) != sorted(read_holdings(folder).documents):
        time.sleep(0.005)
    longest = 4 * (time.monotonic() - began)  # on a busy machine each change takes longer
    child.kill()
    child.join()
    state, steps = state_of(base, folder), 0
    for _ in range(KILLS):
        child = start(context, folder, state + 1)
        time.sleep(rng.uniform(0, longest))
        child.kill()
        child.join()
        after = state_of(base, folder)
        assert after >= state
        steps += after - state
        state = after
    assert steps > KILLS / 5, "the kills came before anything was changed"
    go_to(folder, state + 1)
    names = {volume.name for volume in read_holdings(folder).volumes}
    assert {path.name for path in (folder / VOLUMES).iterdir()} == names, "left-overs stay"


def test_what_is_removed_can_no_longer_be_found(base, tmp_path):
    folder = tmp_path / "library"
    change(folder, ABOUT, [addition("a", "quinine"), addition("b", "zinc")])
    change(folder, ABOUT, removed=["a"])
    library = open_library(base, folder)
    assert library.keywords.search("quinine", 5) == []
    assert len(library.keywords.search("zinc", 5)) == 3
    assert library.store.text_of("a") == "" and library.store.text_of("b")


def test_an_unchanged_volume_is_not_written_again(base, tmp_path, monkeypatch):
    monkeypatch.setattr(volumes, "VOLUME_PASSAGES", 6)
    folder = tmp_path / "library"
    for name in "abcdefg":
        change(folder, ABOUT, [addition(name, name * 3)])
    before = {volume.name: set(volume.documents) for volume in read_holdings(folder).volumes}
    assert max(map(len, before.values())) == 2
    change(folder, ABOUT, removed=["c"])
    after = {volume.name: set(volume.documents) for volume in read_holdings(folder).volumes}
    kept = [name for name, held in before.items() if "c" not in held]
    assert set(kept) <= set(after)
    library = open_library(base, folder)
    assert {p.document for p in library.store.passages() if p.shelf == "own"} == set("abdefg")


def test_vectors_stay_as_they_were_when_a_volume_is_written_again(base, tmp_path):
    folder = tmp_path / "library"
    own = addition("a", "words", 40)
    change(folder, ABOUT, [own])
    for n in range(20):
        change(folder, ABOUT, [addition("b", f"state {n}")])
    library = open_library(base, folder)
    ids = [p.id for p in library.store.passages() if p.document == "a"]
    cosines = [library.vectors.cosines(row, [i])[0] for row, i in zip(own.rows, ids, strict=True)]
    assert min(cosines) > 0.999


def test_a_term_weighs_what_it_weighs_in_the_whole(tmp_path):
    base = write_shelf(tmp_path / "base", [f"Word {n}." for n in range(30)] + ["Rare."])
    folder = tmp_path / "library"
    change(folder, ABOUT, [addition("own", "zinc", 20)])
    library = open_library(base, folder)
    best = library.keywords.search("zinc word", 20)
    assert {p.shelf for p in library.store.read([i for i, _ in best[:20]])} == {"own"}
    alone = [shelf.index.keywords.search("zinc word", 1)[0][1] for shelf in library.shelves]
    assert alone[0] > alone[1], "each shelf for itself would put the handbook first"


def test_an_attached_shelf_is_asked_until_it_is_detached(base, tmp_path):
    folder = tmp_path / "library"
    stick = write_shelf(
        tmp_path / "stick", ["Lassa needs ribavirin."], "PubMed", shelf="collection"
    )
    attach(folder, stick)
    library = open_library(base, folder)
    ((found, _),) = library.keywords.search("ribavirin", 3)
    (passage,) = library.store.read([found])
    assert (passage.shelf, passage.title, found) == ("collection", "PubMed", 2)
    attach(folder, stick, asked=False)
    assert len(open_library(base, folder).shelves) == 1
    attach(folder, stick)
    detach(folder, stick)
    assert len(open_library(base, folder).shelves) == 1


def test_a_large_collection_does_not_crowd_out_the_handbook(base, tmp_path):
    lines = [f"Malaria needs artesunate, malaria trial {n}." for n in range(60)]
    stick = write_shelf(tmp_path / "stick", lines, "PubMed", shelf="collection")
    attach(tmp_path / "library", stick)
    library = open_library(base, tmp_path / "library")
    found = [i for i, _ in library.keywords.search("malaria artesunate", 10)]
    assert len(found) == 11 and 0 in found
    near = [i for i, _ in library.vectors.search(rows(1, 7)[0], 10)]
    assert len(near) == 12 and {0, 1} <= set(near)
    assert library.kinds == 2


def test_a_shelf_of_another_model_is_not_asked_and_said_so(base, tmp_path):
    other = write_shelf(tmp_path / "other", ["x."], "Other", embedding_sha256="another")
    attach(tmp_path / "library", other)
    library = open_library(base, tmp_path / "library")
    assert len(library.shelves) == 1
    assert "another embedding model" in library.lacking[0]


def test_a_stick_that_was_pulled_out_is_said_so(base, tmp_path):
    attach(tmp_path / "library", tmp_path / "gone")
    library = open_library(base, tmp_path / "library")
    assert len(library.shelves) == 1 and "can't be asked" in library.lacking[0]


def test_a_damaged_volume_leaves_the_handbook(base, tmp_path):
    folder = tmp_path / "library"
    go_to(folder, 1)
    (volume,) = (folder / VOLUMES).iterdir()
    with (volume / "passages.sqlite").open("r+b") as file:
        file.write(b"x")
    library = open_library(base, folder)
    assert [shelf.kind for shelf in library.shelves] == ["handbook"]
    assert "Your own documents can't be asked" in library.lacking[0]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 99}', "\0"])
def test_damaged_holdings_are_refused(tmp_path, text):
    (tmp_path / NAME).write_text(text)
    with pytest.raises(WrongFile):
        read_holdings(tmp_path)


def test_a_library_of_the_handbook_alone_is_the_handbook(prebuilt, tmp_path):
    library = open_library(prebuilt.folder, tmp_path / "none")
    assert library.fingerprint == prebuilt.fingerprint
    assert library.manifest == prebuilt.manifest
    for text in ("artesunate dose", "eclampsia magnesium"):
        assert library.keywords.search(text, 10) == prebuilt.keywords.search(text, 10)
    query = np.asarray(prebuilt.vectors.rows([5])[0])
    assert library.vectors.search(query, 5) == prebuilt.vectors.search(query, 5)


NAMES = ["../../base", "/etc", "a/b", "..", "", "C:\\index", "x" * 32, 7]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", ["volume", "original"])
def test_a_name_that_is_not_given_here_leads_nowhere(base, tmp_path, place, name):
    """Edited by hand, holdings.json may name what it likes: nothing else is read or deleted."""
    folder = tmp_path / "library"
    change(folder, ABOUT, [addition("a", "zinc")], {"a.pdf": File("1", ("a",), "0" * 64 + ".pdf")})
    held = json.loads((folder / NAME).read_text())
    if place == "volume":
        held["volumes"][0]["name"] = name
    else:
        held["files"]["a.pdf"]["original"] = name or "x"
    (folder / NAME).write_text(json.dumps(held))
    library = open_library(base, folder)
    assert "damaged" in library.lacking[0] and len(library.shelves) == 1
    assert library.original_of("a") is None
    with pytest.raises(WrongFile):
        change(folder, ABOUT, removed=["a"])
    assert list((folder / VOLUMES).iterdir()) and base.is_dir()


@pytest.mark.skipif(os.name == "nt", reason="a link needs a right there")
def test_only_what_the_library_wrote_is_ever_swept_away(tmp_path):
    """`volumes` may be a link to a disk on which the user keeps other things."""
    folder, disk = tmp_path / "library", tmp_path / "disk"
    change(folder, ABOUT, [addition("a", "zinc")])
    (folder / VOLUMES).rename(disk)
    (folder / VOLUMES).symlink_to(disk, target_is_directory=True)
    (disk / "photographs").mkdir()
    (disk / "photographs" / "one.jpg").write_bytes(b"1")
    (disk / ("0" * 32)).mkdir()
    (disk / ("0" * 32 + ".part")).mkdir()
    (folder / ORIGINALS).mkdir(exist_ok=True)
    for name in ("notes.txt", "1" * 64 + ".pdf", "2" * 32 + ".part"):
        (folder / ORIGINALS / name).write_text("1")
    change(folder, ABOUT, [addition("a", "quinine")])
    names = {volume.name for volume in read_holdings(folder).volumes}
    assert {path.name for path in disk.iterdir()} == {*names, "photographs"}
    assert [path.name for path in (folder / ORIGINALS).iterdir()] == ["notes.txt"]
    assert (disk / "photographs" / "one.jpg").is_file()


def test_an_attached_index_is_never_the_users_own_documents(base, tmp_path):
    stick = write_shelf(tmp_path / "stick", ["Zinc for diarrhoea."], "Stick", shelf="own")
    attach(tmp_path / "library", stick)
    library = open_library(base, tmp_path / "library")
    assert [shelf.kind for shelf in library.shelves] == ["handbook", "collection"]


def sign(folder):
    """Let the manifest agree with the files as they are now."""
    manifest = json.loads((folder / "manifest.json").read_text())
    for name, facts in manifest["files"].items():
        facts |= {"sha256": fingerprint(folder / name), "size": (folder / name).stat().st_size}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def spoil_tables(folder):
    with closing(sqlite3.connect(folder / "passages.sqlite")) as store:
        store.execute("ALTER TABLE passages RENAME TO kept")
        store.execute("CREATE VIEW passages AS SELECT * FROM kept")


def spoil_count(folder):
    with closing(sqlite3.connect(folder / "passages.sqlite")) as store:
        store.execute("DELETE FROM passages WHERE id = 1")
        store.commit()


def spoil_store(folder):
    (folder / "passages.sqlite").write_bytes(b"no database" * 100)


def spoil_vectors(folder):
    (folder / "vectors.faiss").write_bytes(b"no vectors")


def spoil_keywords(folder):
    (folder / "keywords" / "meta.json").write_text("{}")


def spoil_manifest(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["passages.sqlite"] = ["no facts"]
    (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "spoil",
    [spoil_tables, spoil_count, spoil_store, spoil_vectors, spoil_keywords, spoil_manifest],
)
def test_an_attached_index_that_fits_its_manifest_and_nothing_else_is_left_out(
    base, tmp_path, spoil
):
    stick = write_shelf(tmp_path / "stick", ["Zinc for diarrhoea.", "Quinine."], "Stick")
    attach(tmp_path / "library", stick)
    spoil(stick)
    if spoil is not spoil_manifest:
        sign(stick)
    library = open_library(base, tmp_path / "library")
    assert str(stick) in library.lacking[0] and len(library.shelves) == 1
