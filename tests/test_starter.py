"""The starter's adapters and the two models that are made of them on the first start."""

import json

import pytest

from elara_local.catalogue import find_installed, find_model, is_whole
from elara_local.chat_models import find_standing, require_proven
from elara_local.deriving import ADAPTERS
from elara_local.entries import MERGED
from elara_local.errors import WrongFile
from elara_local.proofs import find_faults, read_proof, require_proof
from elara_local.provision import provision
from elara_local.roles import ROLE_IDS
from elara_local.settings import STARTER_MODELS
from elara_local.weights import digest
from tests.conftest import installed_model

BASE = "smollm2-135m-instruct"
MOST_BYTES = 5_000_000  # of a role's adapter


@pytest.mark.parametrize("name", ["starter", *ROLE_IDS])
def test_an_adapter_is_small_and_has_a_card_that_names_its_base_and_no_place(name):
    folder = ADAPTERS / name
    weights = folder / "adapter_model.safetensors"
    config = json.loads((folder / "adapter_config.json").read_text())
    card = (folder / "training.json").read_text()
    assert weights.stat().st_size <= MOST_BYTES and config["r"] <= 8
    assert config["base_model_name_or_path"] == "SmolLM2-135M-Instruct"
    assert find_model(BASE).files[0].sha256 in card
    assert "/home/" not in card and "/work" not in card
    assert (folder / "README.md").is_file() and (folder / "loss.svg").is_file()


def test_the_report_beside_the_adapter_has_passed_and_is_of_this_base_and_adapter():
    model = find_model("smollm2-135m-elara")
    proof = read_proof(ADAPTERS / model.adapter / model.files[0].path)
    assert find_faults(proof) == []
    assert (proof.quantization, proof.licence) == (model.quantization, model.licence)
    assert proof.base_sha256 == find_model(BASE).files[0].sha256


def test_each_role_is_in_one_form_or_the_other():
    assert set(find_model("smollm2-135m-elara").roles.values()) == {MERGED}
    roles = find_model("smollm2-135m-roles").roles
    assert set(roles) == set(ROLE_IDS) and len(set(roles.values())) == len(ROLE_IDS)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A model folder in which both were made from the starter's base, linked."""
    folder = tmp_path_factory.mktemp("starter")
    (folder / BASE).symlink_to(installed_model(BASE).folder)
    for name in ("smollm2-135m-elara", "smollm2-135m-roles"):
        provision(name, folder)
    return folder


def test_the_starter_is_merged_and_may_be_chosen(made):
    found = find_installed([made])["smollm2-135m-elara"]
    require_proven(found)
    assert find_standing(found).proof.startswith("proven equal")
    known = read_proof(ADAPTERS / "starter" / found.file(".gguf").name)
    assert read_proof(found.file(".gguf")).figures == known.figures
    assert digest(found.file(".gguf")) == known.sha256


def test_a_starter_that_was_altered_is_refused(made, tmp_path):
    found = find_installed([made])["smollm2-135m-elara"]
    path = found.file(".gguf")
    whole = path.read_bytes()
    with path.open("r+b") as file:
        file.seek(len(whole) // 2)
        file.write(bytes([whole[len(whole) // 2] ^ 1]))
    try:
        with pytest.raises(WrongFile, match="altered"):
            require_proof(path)
    finally:
        path.write_bytes(whole)


def test_the_role_adapters_stand_over_the_base(made):
    found = find_installed([made])["smollm2-135m-roles"]
    require_proven(found)
    assert found.file(".gguf").resolve() == installed_model(BASE).file(".gguf").resolve()
    assert set(found.adapters) == set(ROLE_IDS)
    assert all(path.stat().st_size <= MOST_BYTES for path in found.adapters.values())


def test_what_the_first_start_makes_is_whole_where_it_was_made():
    for name in ("smollm2-135m-elara", "smollm2-135m-roles"):
        assert is_whole(find_model(name), installed_model(name).folder)
        assert installed_model(name).folder.parent == STARTER_MODELS
