"""The gate: the app chooses a chat model that is pinned or proven, and no other."""

import json
import shutil
from dataclasses import replace

import pytest

from elara_local.assemble import load_chat
from elara_local.catalogue import CARD, find_installed
from elara_local.chat_models import (
    PINNED,
    find_chat_model,
    find_standing,
    require_chat_model,
    require_proven,
)
from elara_local.errors import Missing, WrongFile
from elara_local.proofs import PUBLISHED, proof_path, write_proof
from elara_local.provision import add_model, list_models, verify_models
from elara_local.settings import STARTER_MODELS, read_settings
from elara_local.weights import digest
from tests.test_proofs import make_proof
from tests.tiny_gguf import write_tiny

ALONE = {"token_parity": 1.0, "template_parity": 1.0, "golden": 1.0, "loaded": 1.0}


@pytest.fixture
def disk(tmp_path):
    """A GGUF file that someone brings, with the report of its conversion."""
    folder = tmp_path / "disk"
    folder.mkdir()
    path = write_tiny(folder / "role.gguf")
    write_proof(make_proof(sha256=digest(path), licence="MIT"), path)
    return path


@pytest.fixture
def settings(user_folder):
    return read_settings()


@pytest.fixture
def home(settings):
    return settings.home / "models"


def installed(home, name="mine"):
    return find_installed([home], "chat")[name]


def test_a_proven_file_is_added_with_its_report_and_chosen(disk, home, settings):
    state = add_model("mine", home, disk)
    assert state.proof == "proven equal to base, float32" and state.fault == ""
    assert state.licence == "MIT"
    assert (home / "mine" / "role.json").read_bytes() == proof_path(disk).read_bytes()
    chosen = find_chat_model(replace(settings, chat_model="mine"))
    assert chosen is not None and chosen.folder == home / "mine"
    assert [check.passed for check in verify_models([home])] == [True]
    engine = load_chat(replace(settings, context=256), chosen)
    assert engine.describe().architecture == "llama"
    engine.close()


@pytest.mark.parametrize("fault", ["failed", "of another file", "not a report"])
def test_a_report_that_does_not_hold_is_refused_at_the_door(disk, home, fault):
    report = proof_path(disk)
    if fault == "failed":
        write_proof(make_proof({"kl": 0.3}, sha256=digest(disk)), disk)
    elif fault == "of another file":
        write_proof(make_proof(), disk)
    else:
        report.write_text("{}", encoding="utf-8")
    with pytest.raises(WrongFile, match="not proven|altered|not a report"):
        add_model("mine", home, disk)
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("fault", ["report gone", "report failed", "report and card edited"])
def test_what_is_not_proven_is_not_chosen(disk, home, settings, fault):
    add_model("mine", home, disk)
    path = home / "mine" / "role.gguf"
    if fault == "report gone":
        proof_path(path).unlink()
    elif fault == "report failed":
        write_proof(make_proof({"token_parity": 0.99}, sha256=digest(path)), path)
    else:
        card = home / "mine" / CARD
        card.write_text(card.read_text().replace(digest(path), "3" * 64))
        write_proof(make_proof(sha256="4" * 64), path)
    assert find_standing(installed(home)).proof == "" and find_standing(installed(home)).fault
    with pytest.raises(WrongFile, match="'mine' can't be used"):
        find_chat_model(replace(settings, chat_model="mine"))
    automatic = find_chat_model(settings)
    assert automatic is None or automatic.model.id != "mine"
    with pytest.raises(Missing):
        load_chat(settings, installed(home))
    (check,) = verify_models([home], ["mine"])
    assert not check.passed and check.reason


@pytest.mark.parametrize("also", ["the file alone", "and its card", "and its report"])
def test_a_file_altered_afterwards_is_refused_when_it_is_loaded(disk, home, settings, also):
    add_model("mine", home, disk)
    path = home / "mine" / "role.gguf"
    before = digest(path)
    content = bytearray(path.read_bytes())
    content[-5_000] ^= 4
    path.write_bytes(content)
    other = {"and its card": home / "mine" / CARD, "and its report": proof_path(path)}.get(also)
    if other is not None:
        other.write_text(other.read_text().replace(before, digest(path)))
    with pytest.raises(WrongFile, match="sha256|altered|another file"):
        load_chat(settings, installed(home))
    (check,) = verify_models([home])
    assert not check.passed


def test_a_file_without_a_recorded_sum_is_read_again(disk, home, settings):
    """A folder that was copied by hand, under a name of the catalogue that pins no sum."""
    folder = home / "qwen3-1.7b"
    folder.mkdir(parents=True)
    path = folder / "Qwen3-1.7B-Q8_0.gguf"
    shutil.copyfile(disk, path)
    assert "no report" in find_standing(installed(home, folder.name)).fault
    shutil.copyfile(proof_path(disk), proof_path(path))
    require_proven(installed(home, folder.name))
    path.write_bytes(path.read_bytes()[:-1] + b"\1")
    assert find_standing(installed(home, folder.name)).fault == ""  # not read yet
    with pytest.raises(WrongFile, match="altered"):
        load_chat(settings, installed(home, folder.name))


def test_the_words_say_what_a_model_is_proven_by(disk, home):
    add_model("mine", home, disk)
    path = home / "mine" / "role.gguf"
    write_proof(replace(make_proof(sha256=digest(path)), reference=PUBLISHED, figures=ALONE), path)
    (state,) = [model for model in list_models([home]) if model.installed]
    assert state.proof == "checked by itself, as published" and state.fault == ""


def test_the_starter_is_pinned_under_any_name_and_needs_no_report(home):
    starter = STARTER_MODELS / "smollm2-135m-instruct" / "SmolLM2-135M-Instruct.Q4_1.gguf"
    if not starter.is_file():
        pytest.skip("the starter chat model is not installed here")
    state = add_model("a-copy", home, starter)
    assert state.proof == PINNED and not list((home / "a-copy").glob("SmolLM2*.json"))
    require_proven(installed(home, "a-copy"))
    path = home / "a-copy" / starter.name
    with path.open("r+b") as file:
        file.seek(-9, 2)
        file.write(b"\0\1")
    with pytest.raises(WrongFile, match="sha256"):
        require_proven(installed(home, "a-copy"))


def test_a_file_without_a_report_is_checked_by_itself_in_a_process_of_its_own(tmp_path, home):
    path = write_tiny(tmp_path / "found.gguf")
    said = []
    state = add_model("found", home, path, said.append)
    assert any("no report" in line for line in said)
    report = json.loads((home / "found" / "found.json").read_text())
    assert report["reference"] == PUBLISHED and report["sha256"] == digest(path)
    assert len(report["answers"]) == 10 and not proof_path(path).exists()
    assert state.proof == "checked by itself, as published"


def test_a_file_that_fails_its_check_is_not_kept(tmp_path, home):
    path = write_tiny(tmp_path / "mute.gguf", template="")
    with pytest.raises(WrongFile, match="did not pass its check.*template") as caught:
        add_model("mute", home, path)
    assert "Traceback" not in str(caught.value) and list(home.iterdir()) == []


def test_models_of_other_kinds_have_no_report(home, tmp_path):
    source = tmp_path / "whisper"
    source.mkdir()
    for name in ("model.bin", "config.json", "tokenizer.json"):
        (source / name).write_bytes(b"{} " + name.encode())
    state = add_model("whisper-tiny", home, source)
    assert (state.proof, state.fault) == ("", "")
    require_proven(find_installed([home])["whisper-tiny"])


def test_a_name_that_is_not_installed(settings):
    with pytest.raises(Missing, match="'nobody' is not installed"):
        require_chat_model(replace(settings, chat_model="nobody"))
