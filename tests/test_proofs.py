"""Reports beside model files: what passes, what does not, and what is no report at all."""

import dataclasses
import json
import shutil

import pytest

from elara_local.errors import Missing, WrongFile
from elara_local.proofs import (
    KL_LIMITS,
    PUBLISHED,
    Proof,
    find_faults,
    proof_path,
    read_proof,
    require_proof,
    write_proof,
)
from elara_local.weights import digest
from tests.tiny_gguf import write_tiny

GOOD = {
    "token_parity": 1.0, "template_parity": 1.0, "loaded": 1.0, "golden": 1.0, "nmse": 1e-7,
    "kl": 1e-7, "kl_p99": 1e-6, "top_token": 1.0, "adapter_in": 100.0,
}  # fmt: skip


def make_proof(figures=(), **fields):
    given = {
        "file": "tiny.gguf", "sha256": "0" * 64, "quantization": "F16", "architecture": "llama",
        "base": "base", "base_sha256": "1" * 64, "reference": "base, float32",
        "figures": {**GOOD, **dict(figures)}, "adapter": "role", "adapter_sha256": "2" * 64,
    }  # fmt: skip
    return Proof(**{**given, **fields})


@pytest.fixture
def model(tmp_path):
    path = write_tiny(tmp_path / "tiny.gguf")
    write_proof(make_proof(sha256=digest(path)), path)
    return path


def test_a_report_comes_back_as_it_was_written(model):
    proof = make_proof(
        sha256=digest(model), answers=({"question": "fever", "file": "Ça va"},), notes=("a", "b")
    )
    assert write_proof(proof, model) == proof_path(model) == model.with_suffix(".json")
    assert read_proof(model) == proof == require_proof(model)
    assert not list(model.parent.glob("*.part"))


@pytest.mark.parametrize(
    ("figure", "worst", "bad"),
    [
        ("token_parity", 1.0, 0.9999),
        ("template_parity", 1.0, 0.99),
        ("loaded", 1.0, 0.0),
        ("nmse", 1e-5, 1.01e-5),
        ("kl", 1e-5, 1.01e-5),
        ("top_token", 0.99, 0.98),
        ("adapter_in", 10.0, 9.9),
    ],
)
def test_every_figure_has_its_limit(figure, worst, bad):
    assert find_faults(make_proof({figure: worst})) == []
    for value in (bad, float("nan"), float("inf"), -1.0):
        (fault,) = find_faults(make_proof({figure: value}))
        assert fault.startswith(figure)
    lacking = {name: value for name, value in GOOD.items() if name != figure}
    (fault,) = find_faults(dataclasses.replace(make_proof(), figures=lacking))
    assert fault.startswith(f"{figure} is nan")


@pytest.mark.parametrize(
    ("kind", "limit"), [("F16", 1e-5), ("Q8_0", 0.002), ("Q6_K", 0.008), ("Q4_K_M", 0.05)]
)
def test_the_limits_that_were_asked_for(kind, limit):
    assert KL_LIMITS[kind] == limit
    kept = make_proof({"kl": limit, "top_token": 0.99}, quantization=kind)
    assert find_faults(kept) == []
    over = make_proof({"kl": limit * 1.01, "top_token": 0.99}, quantization=kind)
    assert [fault.partition(" ")[0] for fault in find_faults(over)] == ["kl"]


def test_a_coarser_kind_is_never_held_to_less_than_its_finer_one():
    order = ["F16", "BF16", "Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "Q3_K_M", "Q2_K"]
    assert [KL_LIMITS[kind] for kind in order] == sorted(KL_LIMITS[kind] for kind in order)
    assert find_faults(make_proof(quantization="unheard of")) != []


def test_an_adapter_must_be_in_a_rounded_file_too():
    assert find_faults(make_proof({"adapter_in": 2.5}, quantization="Q4_K_M")) == []
    assert find_faults(make_proof({"adapter_in": 0.9}, quantization="Q4_K_M")) != []
    assert find_faults(make_proof({"adapter_in": 0.0}, adapter="")) == []


def test_a_file_as_published_needs_no_reference_but_must_answer():
    alone = {"token_parity": 1.0, "template_parity": 1.0, "golden": 1.0, "loaded": 1.0}
    proof = dataclasses.replace(make_proof(), reference=PUBLISHED, figures=alone, adapter="")
    assert find_faults(proof) == []
    for name in alone:
        changed = dataclasses.replace(proof, figures={**alone, name: 0.9})
        assert len(find_faults(changed)) == 1


def test_a_report_edited_to_say_that_it_passed_does_not_pass(model):
    path = proof_path(model)
    values = json.loads(path.read_text())
    values["figures"]["kl"] = 0.3
    path.write_text(json.dumps(values))
    with pytest.raises(WrongFile, match="was not proven: kl is 0.3, at most 1e-05"):
        require_proof(model)
    for claim in ({"passed": True}, {"faults": []}, {"verdict": "proven"}):
        path.write_text(json.dumps({**values, **claim}))
        with pytest.raises(WrongFile, match="is not a report"):
            require_proof(model)


@pytest.mark.parametrize("place", [0, 30, 5_000, -1])
def test_one_flipped_bit_is_refused(model, place):
    require_proof(model)
    content = bytearray(model.read_bytes())
    content[place] ^= 1
    model.write_bytes(content)
    with pytest.raises(WrongFile, match="was altered after it was proven"):
        require_proof(model)


def test_a_report_of_another_file_and_none_at_all(model, tmp_path):
    other = write_tiny(tmp_path / "other.gguf", hidden=64)
    with pytest.raises(Missing, match=r"other\.gguf has no report"):
        require_proof(other)
    shutil.copyfile(proof_path(model), proof_path(other))
    with pytest.raises(WrongFile, match="altered"):
        require_proof(other)


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "7", "{}", '{"format": 2}', '{"format": 1}', "[" * 100_000,
        '{"format": 1, "figures": {"kl": "low"}}', '{"format": 1, "figures": []}', "\ud800",
        '{"format": 1, "figures": {"kl": 1' + "0" * 400 + "}}",
    ],
    ids=range(13),
)  # fmt: skip
def test_what_is_no_report_is_one_clear_line(model, text):
    proof_path(model).write_text(text, encoding="utf-8", errors="surrogatepass")
    with pytest.raises(WrongFile, match="is not a report") as caught:
        require_proof(model)
    assert "\n" not in str(caught.value) and "convert verify" in caught.value.hint


@pytest.mark.parametrize("field", ["quantization", "reference", "sha256", "adapter"])
@pytest.mark.parametrize("value", [None, 3, ["F16"], {"a": 1}])
def test_a_field_of_another_type_is_no_report(model, field, value):
    path = proof_path(model)
    path.write_text(json.dumps({**json.loads(path.read_text()), field: value}))
    with pytest.raises(WrongFile, match=f"{field} is no text"):
        require_proof(model)
