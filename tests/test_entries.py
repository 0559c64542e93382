"""In which form a chat model has each role: merged, or an adapter over another model's weights."""

import hashlib
import json

import pytest

from elara_local.catalogue import CARD, find_installed, read_catalogue, verify
from elara_local.chat_models import find_source
from elara_local.entries import MERGED, Model, ModelFile
from elara_local.errors import Missing, WrongFile
from elara_local.proofs import PUBLISHED, Proof, write_proof
from elara_local.roles import ROLE_IDS
from tests.test_adapters_at_runtime import write_raw
from tests.tiny_gguf import write_tiny

ENTRY = """
[[model]]
id = "NAME"
kind = "chat"
name = "Name"
format = "gguf"
licence = "MIT"
source = "someone/name"
size_mb = 1
memory_mb = 1
languages = ["en"]
made_from = "BASE"
ROLES
files = [FILES]
"""
ROLES = 'roles = { patient = "patient.gguf", emergency = "emergency.gguf", student = "merged" }'


def make_entry(name, files, roles="", base=""):
    listed = ", ".join(f'{{ path = "{path}", sha256 = "{sha256}" }}' for path, sha256 in files)
    entry = ENTRY.replace("NAME", name).replace("FILES", listed)
    return entry.replace("BASE", base).replace("ROLES", roles)


def sum_of(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def shelf(tmp_path):
    """A catalogue of a base and of adapters for it, both installed."""
    models = tmp_path / "models"
    (models / "small").mkdir(parents=True)
    (models / "roles").mkdir()
    base = write_tiny(models / "small" / "small.gguf", hidden=64)
    files = []
    for seed, role in enumerate(("patient", "emergency")):
        path = write_raw(models / "roles" / f"{role}.gguf", base, seed=seed)
        files.append((path.name, sum_of(path)))
    catalogue = tmp_path / "catalogue.toml"
    small = make_entry("small", [("small.gguf", sum_of(base))])
    catalogue.write_text(small + make_entry("roles", files, ROLES, "small"), encoding="utf-8")
    return catalogue, models


def test_adapters_alone_use_the_weights_of_their_base(shelf):
    catalogue, models = shelf
    found = find_installed([models], "chat", catalogue)["roles"]
    assert found.model.needs_base and not found.base.model.needs_base
    assert found.file(".gguf") == models / "small" / "small.gguf"
    assert found.adapters == {
        role: models / "roles" / f"{role}.gguf" for role in ("patient", "emergency")
    }
    assert found.model.roles["student"] == MERGED
    assert found.pinned
    names = found.adapter_names
    assert names["patient"] == f"patient {sum_of(found.adapters['patient'])[:12]}"
    assert set(names) == {"patient", "emergency"}


def test_adapters_without_their_base_are_not_installed(shelf):
    catalogue, models = shelf
    (models / "small" / "small.gguf").unlink()
    assert find_installed([models], "chat", catalogue) == {}


def test_every_byte_of_adapters_and_base_is_compared(shelf):
    catalogue, models = shelf
    found = find_installed([models], "chat", catalogue)["roles"]
    verify(found)
    for path in (models / "roles" / "patient.gguf", models / "small" / "small.gguf"):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        with pytest.raises(WrongFile, match="sha256"):
            verify(found)
        path.write_bytes(whole)


def test_sums_that_were_recorded_are_used_where_none_is_pinned(shelf):
    catalogue, models = shelf
    text = catalogue.read_text(encoding="utf-8")
    patient = models / "roles" / "patient.gguf"
    catalogue.write_text(text.replace(sum_of(patient), ""), encoding="utf-8")
    found = find_installed([models], "chat", catalogue)["roles"]
    assert not found.pinned
    assert found.sums[patient] == ""
    card = {"files": [{"path": "patient.gguf", "sha256": sum_of(patient)}]}
    (models / "roles" / CARD).write_text(json.dumps(card), encoding="utf-8")
    assert found.sums[patient] == sum_of(patient)


@pytest.mark.parametrize("roles", ['roles = { patient = "none.gguf" }', 'roles = { patient = "" }'])
def test_a_role_whose_file_is_not_listed_is_refused(tmp_path, roles):
    path = tmp_path / "catalogue.toml"
    path.write_text(make_entry("odd", [("a.gguf", "")], roles), encoding="utf-8")
    with pytest.raises(WrongFile, match="roles of 'odd'"):
        read_catalogue(path)


def test_a_model_with_weights_of_its_own_needs_no_base():
    def make(*files, **roles):
        named = tuple(ModelFile(path) for path in files)
        return Model("x", "chat", "X", "gguf", "MIT", "x", 1, 1, (), named, roles=roles)

    assert not make("own.gguf").needs_base
    assert not make("own.gguf", **dict.fromkeys(ROLE_IDS, MERGED)).needs_base
    assert not make("own.gguf", "a.gguf", patient="a.gguf").needs_base
    assert make("a.gguf", patient="a.gguf").needs_base
    assert make("a.gguf", patient="a.gguf", student=MERGED).needs_base


def test_roles_of_the_catalogue_are_roles():
    for model in read_catalogue().values():
        assert set(model.roles) <= set(ROLE_IDS), model.id


@pytest.mark.parametrize(
    ("changes", "source"),
    [({}, "5" * 64), ({"adapter": "patient"}, ""), ({"reference": PUBLISHED}, "")],
)
def test_what_a_model_was_made_of_is_known_from_its_report(shelf, changes, source):
    catalogue, models = shelf
    found = find_installed([models], "chat", catalogue)["small"]
    assert find_source(found) == ""
    path = found.file(".gguf")
    proof = {"file": path.name, "sha256": sum_of(path), "quantization": "F16", "figures": {}}
    proof |= {"architecture": "llama", "base": "b", "base_sha256": "5" * 64, "reference": "float32"}
    write_proof(Proof(**(proof | changes)), path)
    assert find_source(found) == source
    path.with_suffix(".json").unlink()
    with pytest.raises(Missing):
        found.file(".bin")
