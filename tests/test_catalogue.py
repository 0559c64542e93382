"""The list of models and what is found installed."""

import hashlib
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from elara_local.catalogue import (
    KINDS,
    Installed,
    find_installed,
    find_model,
    read_catalogue,
    verify,
    write_card,
)
from elara_local.errors import Missing, WrongFile

STARTERS = Path(__file__).resolve().parent.parent / "models"
PINNED = {
    "smollm2-135m-instruct": "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
    "all-minilm-l6-v2": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
}
ENTRY = """
[[model]]
id = "tiny"
kind = "speech"
name = "Tiny"
format = "ctranslate2"
licence = "MIT"
source = "someone/tiny"
size_mb = 1
memory_mb = 1
languages = ["en"]
files = [{ path = "model.bin", size = 3, sha256 = "SUM" }, { path = "config.json" }]
"""
SUM = hashlib.sha256(b"abc").hexdigest()


@pytest.fixture
def tiny(tmp_path):
    catalogue = tmp_path / "catalogue.toml"
    catalogue.write_text(ENTRY.replace("SUM", SUM), encoding="utf-8")
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"abc")
    (folder / "config.json").write_text("{}", encoding="utf-8")
    return catalogue, folder


def test_every_entry_says_what_a_clinic_must_know():
    for model in read_catalogue().values():
        assert model.kind in KINDS
        assert model.licence and model.source and model.languages and model.files, model.id
        assert model.memory_mb > 0 and (model.size_mb > 0 or model.derived), model.id
        assert model.default_generator in (
            ("quoting", "llama.cpp") if model.kind == "chat" else ("",)
        ), model.id
        assert all(re.fullmatch(r"[0-9a-f]{64}|", f.sha256) for f in model.files), model.id


def test_starters_are_pinned():
    models = read_catalogue()
    for name, sha256 in PINNED.items():
        assert sha256 in {file.sha256 for file in models[name].files}
        assert models[name].checksum == "pinned"
        assert models[name].starter and models[name].wheel
        assert all(file.member and file.size for file in models[name].files)
    assert models["all-minilm-l6-v2-int8"].made_from == "all-minilm-l6-v2"


def test_others_say_that_their_sum_is_recorded():
    others = [m for m in read_catalogue().values() if not m.starter]
    assert {m.kind for m in others} == set(KINDS)
    assert {m.checksum for m in others if not m.derived} == {"checksum recorded at install"}


def test_installed_models_are_found_and_the_first_folder_wins(tiny, tmp_path):
    catalogue, folder = tiny
    second = tmp_path / "second" / "tiny"
    second.mkdir(parents=True)
    for name in ("model.bin", "config.json"):
        (second / name).write_bytes((folder / name).read_bytes())
    found = find_installed([folder.parent, second.parent], path=catalogue)
    assert found["tiny"].folder == folder
    assert found["tiny"].file(".bin") == folder / "model.bin"
    assert find_installed([folder.parent], "chat", catalogue) == {}
    with pytest.raises(Missing, match=r"\.gguf"):
        found["tiny"].file(".gguf")


@pytest.mark.parametrize("damage", ["short", "gone", "part"])
def test_what_is_not_whole_is_not_installed(tiny, damage):
    catalogue, folder = tiny
    if damage == "short":
        (folder / "model.bin").write_bytes(b"ab")
    elif damage == "gone":
        (folder / "config.json").unlink()
    else:
        folder.rename(folder.with_name("tiny.part"))
    assert find_installed([folder.parent], path=catalogue) == {}


def test_verify_passes_then_finds_one_changed_byte(tiny):
    catalogue, folder = tiny
    found = find_installed([folder.parent], path=catalogue)["tiny"]
    verify(found)
    (folder / "model.bin").write_bytes(b"abd")
    with pytest.raises(WrongFile, match="sha256"):
        verify(found)


def test_sums_recorded_at_install_are_checked(tiny):
    catalogue, folder = tiny
    model = read_catalogue(catalogue)["tiny"]
    unpinned = replace(model, files=tuple(replace(f, sha256="") for f in model.files))
    write_card(unpinned, folder)
    verify(Installed(unpinned, folder))
    (folder / "config.json").write_text("[]", encoding="utf-8")
    with pytest.raises(WrongFile, match="config.json"):
        verify(Installed(unpinned, folder))


def test_a_model_added_without_the_catalogue_is_known_by_its_card(tiny):
    catalogue, folder = tiny
    write_card(read_catalogue(catalogue)["tiny"], folder)
    renamed = folder.rename(folder.with_name("mine"))
    found = find_installed([renamed.parent], path=catalogue)
    assert found["mine"].model.id == "mine"
    assert found["mine"].model.licence == "MIT"


def test_a_damaged_card_is_passed_over(tiny):
    catalogue, folder = tiny
    renamed = folder.rename(folder.with_name("mine"))
    for text in ("{", "[]", json.dumps({"files": [{"path": "../../x"}]}), "{}"):
        (renamed / "elara-model.json").write_text(text, encoding="utf-8")
        assert find_installed([renamed.parent], path=catalogue) == {}


@pytest.mark.parametrize(
    "change",
    [
        ('id = "tiny"', 'id = "../tiny"'),
        ("model.bin", "../model.bin"),
        ("model.bin", "/etc/model.bin"),
        ("model.bin", "C:model.bin"),
        ('"speech"', '"magic"'),
        ('licence = "MIT"', ""),
        ('licence = "MIT"', 'licence = "MIT"\ncolour = "red"'),
        ("[[model]]", "[[model"),
    ],
)
def test_wrong_entries_are_refused(tmp_path, change):
    path = tmp_path / "catalogue.toml"
    path.write_text(ENTRY.replace(*change), encoding="utf-8")
    with pytest.raises(WrongFile):
        read_catalogue(path)


def test_an_absent_catalogue_and_an_unknown_name(tmp_path):
    with pytest.raises(WrongFile):
        read_catalogue(tmp_path / "none.toml")
    with pytest.raises(Missing, match="no-such-model"):
        find_model("no-such-model")


@pytest.mark.parametrize("name", PINNED)
def test_the_real_starters_are_what_the_catalogue_pins(name):
    found = find_installed([STARTERS])
    if name not in found:
        pytest.skip(f"{name} is not installed here")
    verify(found[name])
