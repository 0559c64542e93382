"""Files go into the library whole or not at all, with one line for each."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from elara_local.errors import Missing
from elara_local.passages.holdings import read_holdings
from elara_local.passages.library import open_library
from elara_local.settings import PREBUILT_INDEX
from index import add
from index.add import Shelving, add_files, document_id, remove_documents
from index.documents.blocks import Hints

ROOT = Path(__file__).resolve().parent.parent
ZINC = "Diarrhoea plan\n\nGive zinc 20 mg once daily for 10 days to a child with diarrhoea.\n"
FLUIDS = "Cholera plan\n\nGive fluids 75 ml/kg in 4 hours to a child with some dehydration.\n"


@pytest.fixture
def shelving(tmp_path, embedder):
    return Shelving(tmp_path / "library", embedder, "all-minilm-l6-v2-int8", embedder.fingerprint)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "zinc.txt").write_text(ZINC, encoding="utf-8")
    (folder / "fluids.txt").write_text(FLUIDS, encoding="utf-8")
    return folder


def own(shelving):
    library = open_library(PREBUILT_INDEX, shelving.library)
    assert library.lacking == ()
    return [p for p in library.store.passages() if p.shelf == "own"]


def test_files_are_added_replaced_left_and_removed(folder, shelving):
    report = add_files([folder], shelving)
    assert (report.added, report.replaced, report.refused, report.exit_code) == (2, 0, 0, 0)
    assert [line.split(":")[0] for line in report.lines] == ["fluids.txt", "zinc.txt"]
    assert {word for p in own(shelving) for word in ("zinc", "fluids") if word in p.text} == {
        "zinc",
        "fluids",
    }
    assert {p.review for p in own(shelving)} == {"own"}

    (folder / "zinc.txt").write_text(ZINC.replace("20 mg", "10 mg"), encoding="utf-8")
    report = add_files([folder], shelving)
    assert (report.added, report.replaced, report.unchanged) == (0, 1, 1)
    zinc = [p.text for p in own(shelving) if "zinc" in p.text]
    assert len(zinc) == 1 and "10 mg" in zinc[0], "the old text is gone"

    gone = remove_documents(["zinc.txt"], shelving.library, shelving.about)
    assert gone == [document_id("zinc.txt")]
    assert all("zinc" not in p.text for p in own(shelving)) and own(shelving)
    assert set(read_holdings(shelving.library).files) == {"fluids.txt"}


def test_one_bad_file_stops_no_other_and_leaves_nothing(folder, shelving):
    (folder / "picture.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40)
    (folder / "empty.txt").write_bytes(b"")
    report = add_files([folder], shelving)
    assert (report.added, report.refused, report.exit_code) == (2, 2, 0)
    refused = [line for line in report.lines if "refused" in line]
    assert sorted(line.split(":")[0] for line in refused) == ["empty.txt", "picture.txt"]
    assert {Path(name).stem for name in read_holdings(shelving.library).files} == {"fluids", "zinc"}


def test_nothing_but_bad_files_is_a_failure_that_leaves_no_library(tmp_path, shelving):
    bad = tmp_path / "bad.pdf"
    bad.write_bytes(b"%PDF-1.7\nnothing")
    report = add_files([bad], shelving)
    assert (report.exit_code, report.refused) == (1, 1)
    assert own(shelving) == []


def test_the_same_file_under_another_name_is_said_so(folder, shelving):
    add_files([folder / "zinc.txt"], shelving)
    (folder / "copy.txt").write_text(ZINC, encoding="utf-8")
    report = add_files([folder / "copy.txt"], shelving)
    assert report.lines == ["copy.txt: is in the library already as zinc.txt."]
    both = add_files([folder], shelving)
    assert (both.added, both.unchanged) == (1, 2)


def test_a_file_whose_old_name_another_one_takes_is_kept(folder, shelving):
    (folder / "plan.txt").write_text(ZINC, encoding="utf-8")
    add_files([folder / "plan.txt"], shelving)
    (folder / "plan 2019.txt").write_text(ZINC, encoding="utf-8")
    (folder / "plan.txt").write_text(FLUIDS, encoding="utf-8")
    report = add_files([folder / "plan 2019.txt", folder / "plan.txt"], shelving)
    assert (report.added, report.replaced) == (1, 1)
    assert sorted("zinc" in p.text for p in own(shelving)) == [False, True]


def test_what_stood_under_a_name_goes_though_the_new_words_stand_elsewhere(folder, shelving):
    add_files([folder], shelving)
    (folder / "fluids.txt").write_text(ZINC, encoding="utf-8")
    report = add_files([folder / "fluids.txt"], shelving)
    assert report.replaced == 1
    assert all("zinc" in p.text for p in own(shelving))


def test_two_files_of_one_name_are_two_documents(tmp_path, shelving):
    for ward, words in (("a", ZINC), ("b", FLUIDS)):
        (tmp_path / ward).mkdir()
        (tmp_path / ward / "plan.txt").write_text(words, encoding="utf-8")
    add_files([tmp_path / "a", tmp_path / "b"], shelving)
    assert set(read_holdings(shelving.library).files) == {"a/plan.txt", "b/plan.txt"}
    assert len({p.document for p in own(shelving)}) == 2


def test_what_the_user_says_of_a_file_is_kept_and_saying_otherwise_replaces_it(folder, shelving):
    path = folder / "zinc.txt"
    add_files([path], shelving, Hints("Zinc", "2023", "CC0", "Ministry of Health"))
    (passage,) = own(shelving)
    assert (passage.title, passage.edition) == ("Zinc", "2023")
    assert (passage.licence, passage.source) == ("CC0", "Ministry of Health")
    report = add_files([path], shelving, Hints(edition="2024"))
    assert report.replaced == 1
    assert [p.edition for p in own(shelving)] == ["2024"]


def test_a_large_addition_is_written_in_steps(folder, shelving, monkeypatch):
    monkeypatch.setattr(add, "VOLUME_PASSAGES", 1)
    stages = []
    add_files([folder], shelving, tell=lambda progress: stages.append(progress["stage"]))
    assert stages == ["reading", "embedding", "embedding", "writing"] * 2
    assert len(own(shelving)) == 2


def test_removing_what_is_not_there_removes_nothing(folder, shelving):
    add_files([folder], shelving)
    with pytest.raises(Missing, match="no document 'x'"):
        remove_documents(["zinc.txt", "x"], shelving.library, shelving.about)
    assert len(own(shelving)) == 2


def test_there_must_be_a_file(tmp_path, shelving):
    with pytest.raises(Missing, match="no file to add"):
        add_files([tmp_path], shelving)


def test_ids_are_readable_and_of_one_name_alone():
    assert document_id("Malaria Guide 2023.pdf").startswith("own-malaria-guide-2023-")
    assert document_id("a b.pdf") != document_id("a-b.pdf")
    assert document_id("指南.pdf").startswith("own-document-")


def run(*arguments, home):
    return subprocess.run(
        [sys.executable, "-P", "-m", "index", *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
        env={**os.environ, "ELARA_HOME": str(home), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


def test_the_commands(folder, tmp_path, embedder):
    home = tmp_path / "home"
    added = run("add", folder, "--progress", home=home)
    lines = [json.loads(line) for line in added.stdout.splitlines()]
    assert added.returncode == 0, added.stderr
    assert {line["stage"] for line in lines} == {"reading", "embedding", "writing", "done"}
    assert lines[-1]["added"] == 2 and len(lines[-1]["report"]) == 2
    listed = json.loads(run("list", "--json", home=home).stdout)
    shelves = {shelf["kind"]: shelf for shelf in listed["shelves"]}
    assert {d["file"] for d in shelves["own"]["documents"]} == {"zinc.txt", "fluids.txt"}
    assert shelves["handbook"]["total"] == len(shelves["handbook"]["documents"])
    removed = run("remove", "zinc.txt", home=home)
    assert (removed.returncode, removed.stdout) == (0, "1 removed.\n")
    again = run("remove", "zinc.txt", home=home)
    assert again.returncode == 3 and "no document" in again.stderr
    assert "Traceback" not in again.stderr


def test_files_of_the_same_name_in_folders_of_the_same_name_are_all_added(tmp_path, shelving):
    for year, text in (("2023", ZINC), ("2024", FLUIDS)):
        place = tmp_path / "documents" / year / "children"
        place.mkdir(parents=True)
        (place / "plan.txt").write_text(text, encoding="utf-8")
    report = add_files([tmp_path / "documents"], shelving)
    assert (report.added, report.refused) == (2, 0)
    assert sorted(read_holdings(shelving.library).files) == [
        "2023/children/plan.txt",
        "2024/children/plan.txt",
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take no such names")
def test_a_name_of_any_bytes_is_added_and_says_nothing_to_a_terminal(folder, tmp_path):
    for number, name in enumerate((b"a\xff.txt", b"b\x1b]0;c\x07.txt", "d\u202e.txt".encode())):
        path = os.path.join(os.fsencode(folder), name)
        Path(os.fsdecode(path)).write_text(f"{ZINC}Version {number}.\n", encoding="utf-8")
    home = tmp_path / "home"
    added = run("add", folder, home=home)
    assert added.returncode == 0 and "5 added" in added.stdout, added.stderr
    assert "3 added" not in run("add", folder, home=home).stdout
    listed = run("list", home=home).stdout
    shown = added.stdout + listed + run("add", folder, home=home).stdout
    assert not {c for c in shown if not c.isprintable()} - {"\n"}
    names = {d["file"] for s in json.loads(run("list", "--json", home=home).stdout)["shelves"]
             for d in s["documents"] if s["kind"] == "own"}  # fmt: skip
    assert {"a\\udcff.txt", "b\\u001b]0;c\\u0007.txt", "d\\u202e.txt"} < names
