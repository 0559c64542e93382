"""Quantizing real files with llama.cpp: what is made, what is refused, what is left behind."""

import json
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np
import pytest

from convert.__main__ import main
from convert.quantize import part_of, quantize
from convert.quantizing.importance import save_importance
from convert.quantizing.kinds import KINDS, LOW, LOW_TYPES, TYPES, file_type, tensor_type
from convert.quantizing.process import Job, find_reason, run_job
from elara_local.errors import ElaraError, Missing, WrongFile, WrongUse
from elara_local.proofs import require_proof
from tests.tiny_gguf import make_weights, read_scores, write_tiny

ROOT = Path(__file__).resolve().parent.parent
TEXTS = ["Give 5 mg/kg", "fever of 39.5", "120/80 mmHg", "not in the sources", "x"]
# The divergence that each kind may have on this random model, four times what was measured.
MOST = {"F16": 1e-6, "BF16": 1e-3, "Q8_0": 5e-4, "Q6_K": 0.004, "Q5_K_M": 0.01, "Q5_1": 0.012,
        "Q4_K_M": 0.035, "Q4_0": 0.05, "IQ4_XS": 0.05, "Q3_K_M": 0.12, "IQ2_XS": 0.6}  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    return write_tiny(tmp_path_factory.mktemp("tiny model") / "tiny.gguf")


@pytest.fixture(scope="module")
def scores(source):
    return read_scores(source, TEXTS)


@pytest.fixture(scope="module")
def importance():
    """Every column as weighty as every other."""
    return {
        name: np.ones(weight.shape[1], np.float32)
        for name, weight in make_weights().items()
        if name.startswith("blk.") and weight.ndim == 2
    }


def types_of(path):
    return {t.name: t.tensor_type.name for t in gguf.GGUFReader(str(path)).tensors}


def divergence(reference, found):
    def spread(rows):
        rows = rows.astype(np.float64) - rows.max(axis=-1, keepdims=True)
        return rows - np.log(np.exp(rows).sum(axis=-1, keepdims=True))

    one, other = spread(reference), spread(found)
    return float((np.exp(one) * (one - other)).sum(axis=-1).mean())


@pytest.mark.parametrize("kind", MOST)
def test_a_file_of_each_sort_loads_and_says_nearly_the_same(
    kind, source, scores, importance, tmp_path
):
    out, lines = tmp_path / "out.gguf", []
    made = quantize(source, out, kind, lines.append, 1, importance, allow_low_quality=kind in LOW)
    assert divergence(scores, read_scores(out, TEXTS)) <= MOST[kind]
    assert made.size == out.stat().st_size and made.source_size == source.stat().st_size
    assert sum(made.types.values()) == len(types_of(out))
    assert {k.upper() for k in made.types} == set(types_of(out).values())
    assert not made.fallbacks and not made.unweighed
    assert list(tmp_path.iterdir()) == [out]
    assert lines[-1].startswith("quantizing tiny.gguf: 100 %")


def test_every_kind_and_type_is_known_to_the_library():
    numbers = [file_type(kind) for kind in KINDS]
    assert len(set(numbers)) == len(KINDS) == 30
    assert all(tensor_type(name) >= 0 for name in (*TYPES, *LOW_TYPES))
    assert tensor_type("") == -1


@pytest.mark.parametrize("kind", ["IQ2_XS", "IQ2_XXS", "IQ1_S", "Q2_K_S"])
def test_a_kind_that_needs_importance_says_so_before_any_work(kind, source, tmp_path):
    with pytest.raises(WrongUse, match="requires an imatrix"):
        quantize(source, tmp_path / "out.gguf", kind, allow_low_quality=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", LOW)
def test_a_coarse_kind_must_be_asked_for(kind, source, tmp_path):
    with pytest.raises(WrongUse, match=r"3\.5 bits.*allow-low-quality"):
        quantize(source, tmp_path / "out.gguf", kind)


@pytest.mark.parametrize(
    ("kind", "given", "words"),
    [
        ("Q4", {}, "'Q4' is no kind"),
        ("Q4_K_M", {"overrides": [("ffn", "Q4_K_M")]}, "no type of a tensor"),
        ("Q4_K_M", {"overrides": [("ffn", "Q2_K")]}, "allow-low-quality"),
        ("Q4_K_M", {"overrides": [("ffn_dwon", "Q8_0")]}, "changes no weight"),
        ("Q4_K_M", {"overrides": [("attn_norm", "Q8_0")]}, "changes no weight"),
        ("Q4_K_M", {"overrides": [("(", "Q8_0")]}, "no regular expression"),
        ("F16", {"overrides": [("ffn", "Q8_0")]}, "rounds no tensor"),
    ],
)
def test_a_choice_that_can_not_be_is_refused(kind, given, words, source, tmp_path):
    with pytest.raises(WrongUse, match=words):
        quantize(source, tmp_path / "out.gguf", kind, **given)
    assert not list(tmp_path.iterdir())


def test_overrides_output_and_embedding_are_obeyed(source, tmp_path):
    out = tmp_path / "out.gguf"
    overrides = [(r"blk\.0\.ffn_down", "Q8_0"), ("ffn_down", "Q5_K")]
    quantize(source, out, "Q4_K_M", overrides=overrides, output="F16", embedding="Q8_0")
    found = types_of(out)
    assert found["blk.0.ffn_down.weight"] == "Q8_0"
    assert found["blk.1.ffn_down.weight"] == "Q5_K"
    assert (found["output.weight"], found["token_embd.weight"]) == ("F16", "Q8_0")
    assert found["blk.0.ffn_up.weight"] == "Q4_K"


def test_a_quantized_source_is_refused_unless_asked_for(source, tmp_path):
    eight, four = tmp_path / "eight.gguf", tmp_path / "four.gguf"
    quantize(source, eight, "Q8_0")
    with pytest.raises(WrongUse, match=r"quantized already \(q8_0\)"):
        quantize(eight, four, "Q4_K_M")
    assert not four.exists()
    quantize(eight, four, "Q4_K_M", requantize=True)
    assert types_of(four)["blk.0.attn_q.weight"] == "Q4_K"


def test_rows_that_do_not_fit_fall_back_and_are_named(tmp_path):
    small = write_tiny(tmp_path / "small.gguf", hidden=64)
    made = quantize(small, tmp_path / "out.gguf", "Q4_K_M")
    assert "blk.0.attn_q.weight: q4_K does not fit rows of 64 values, q5_0 taken" in made.fallbacks
    named = {line.partition(":")[0] for line in made.fallbacks}
    found = types_of(tmp_path / "out.gguf")
    assert named == {name for name, kind in found.items() if kind in ("Q5_0", "Q8_0")} - {
        "output.weight"  # llama.cpp gives it Q8_0 where the kind does not fit, and says nothing
    }
    assert "Q4_K" not in found.values()


def test_a_kind_that_fits_no_weight_is_refused(tmp_path):
    odd = write_tiny(tmp_path / "odd.gguf", hidden=72)
    with pytest.raises(WrongUse, match=r"fits no weight of odd\.gguf: .*rows of 72 values"):
        quantize(odd, tmp_path / "out.gguf", "Q8_0")
    assert list(tmp_path.iterdir()) == [odd]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_weight_that_is_no_number_fails_and_leaves_nothing(bad, tmp_path):
    weights = make_weights()
    weights["blk.1.ffn_up.weight"][3, 5] = bad
    broken = write_tiny(tmp_path / "broken.gguf", weights)
    out = tmp_path / "out.gguf"
    out.write_bytes(b"what was there before")
    with pytest.raises(WrongFile, match=r"broken\.gguf can't be quantized: .*invalid data"):
        quantize(broken, out, "Q4_K_M")
    assert out.read_bytes() == b"what was there before"
    assert not part_of(out).exists()


def test_sources_that_are_no_models_are_refused(source, tmp_path):
    whole = source.read_bytes()
    out = tmp_path / "out.gguf"
    for name, content, words in (
        ("cut.gguf", whole[: len(whole) // 2], "cut short"),
        ("page.gguf", b"<!DOCTYPE html><html>", "web page"),
        ("empty.gguf", b"", "empty"),
        ("model.bin", whole, "does not end in .gguf"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ElaraError, match=words):
            quantize(path, out, "Q8_0")
    with pytest.raises(WrongFile, match="is not there"):
        quantize(tmp_path / "absent.gguf", out, "Q8_0")
    with pytest.raises(WrongUse, match="can't be written"):
        quantize(source, source, "Q8_0")
    with pytest.raises(WrongUse, match="can't be written"):
        quantize(source, tmp_path / "no folder" / "out.gguf", "Q8_0")
    assert not out.exists()


def test_importance_of_another_model_is_refused(source, importance, tmp_path):
    out = tmp_path / "out.gguf"
    short = {**importance, "blk.0.attn_q.weight": np.ones(64, np.float32)}
    with pytest.raises(WrongFile, match="attn_q.weight has 64 values, the weight 256 columns"):
        quantize(source, out, "Q4_K_M", imatrix=short)
    strange = save_importance({"layer.0": np.ones(256, np.float32)}, tmp_path / "strange.npz")
    with pytest.raises(WrongFile, match="names no weight"):
        quantize(source, out, "Q4_K_M", imatrix=strange)
    assert not out.exists()


def test_importance_changes_the_file_and_what_lacks_it_is_named(source, importance, tmp_path):
    lacking = dict(importance)
    del lacking["blk.1.attn_k.weight"]
    lacking["blk.0.ffn_up.weight"] = np.geomspace(1, 1e4, 256).astype(np.float32)
    held = save_importance(lacking, tmp_path / "importance.npz")
    made = quantize(source, tmp_path / "with.gguf", "Q4_K_M", imatrix=held)
    assert made.unweighed == ("blk.1.attn_k.weight",)
    quantize(source, tmp_path / "without.gguf", "Q4_K_M")
    assert (tmp_path / "with.gguf").read_bytes() != (tmp_path / "without.gguf").read_bytes()


def test_a_full_disk_is_told_before_the_work(source, tmp_path, monkeypatch):
    monkeypatch.setattr("elara_local.wheels.SPARE_BYTES", 1 << 60)
    with pytest.raises(Missing, match="is free"):
        quantize(source, tmp_path / "out.gguf", "Q8_0")
    assert not list(tmp_path.iterdir())


def test_stopping_leaves_nothing(source, tmp_path):
    class Halt(Exception):
        pass

    def say(line):
        raise Halt(line)

    with pytest.raises(Halt):
        quantize(source, tmp_path / "out.gguf", "Q8_0", say)
    assert not list(tmp_path.iterdir())


def test_a_killed_run_leaves_nothing_under_the_name_and_can_begin_again(tmp_path):
    large = write_tiny(tmp_path / "large.gguf", make_weights(layers=12))
    out = tmp_path / "out.gguf"
    code = (
        "from pathlib import Path; from convert.quantize import quantize; "
        f"quantize(Path({str(large)!r}), Path({str(out)!r}), 'IQ3_S', print, 1, "
        "allow_low_quality=True)"
    )
    run = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL)
    while not part_of(out).exists() and run.poll() is None:
        time.sleep(0.01)
    run.kill()
    assert run.wait() != 0
    assert not out.exists()
    made = quantize(large, out, "Q8_0")
    assert made.size == out.stat().st_size and not part_of(out).exists()


def test_a_child_that_dies_is_told_in_one_line():
    assert find_reason("", -9) == "its process was ended by signal 9"
    assert find_reason("loading\n", 3) == "its process ended with code 3"
    log = "load: ok\nquantize.c:3: GGML_ASSERT(n % 32 == 0) failed\n#0 0x1\n"
    assert find_reason(log, -6) == "quantize.c:3: GGML_ASSERT(n % 32 == 0) failed"
    both = "an error came\nllama_model_quantize: failed to quantize: the reason\n"
    assert find_reason(both, 1) == "the reason"


def test_a_job_for_no_file_fails_with_a_reason(tmp_path):
    job = Job(str(tmp_path / "absent.gguf"), str(tmp_path / "out.gguf"), file_type("Q8_0"))
    with pytest.raises(ElaraError, match="absent.gguf"):
        run_job(job, lambda line: None)


def test_the_verb_proves_what_it_makes(source, tmp_path, capsys):
    out = tmp_path / "tiny-Q8_0.gguf"
    assert main(["quantize", str(source), "--to", "Q8_0", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["proven"] and said["file"] == str(out)
    proof = require_proof(out)
    assert proof.quantization == "Q8_0" and proof.figures["kl"] <= 0.002
    assert proof.command == "convert quantize tiny.gguf --to Q8_0 --out tiny-Q8_0.gguf"
    assert {path.name for path in tmp_path.iterdir()} == {"tiny-Q8_0.gguf", "tiny-Q8_0.json"}


def test_the_verb_keeps_nothing_that_is_not_proven(source, tmp_path, capsys):
    out = tmp_path / "out.gguf"
    command = ["quantize", str(source), "--to", "Q4_K_M", "--out", str(out)]
    # Against a model of other weights nothing can be proven.
    other = write_tiny(tmp_path / "other.gguf", make_weights(seed=8))
    assert main([*command, "--reference", str(other)]) == 1
    assert "is not equal to its reference" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["other.gguf"]


def test_the_verb_refuses_a_kind_without_a_limit(source, tmp_path, capsys):
    out = tmp_path / "out.gguf"
    command = ["quantize", str(source), "--to", "IQ3_M", "--out", str(out)]
    assert main(command) == 2
    assert "There is no limit for IQ3_M" in capsys.readouterr().err
    assert main([*command, "--no-verify", "--override", "ffn_down=q8_0"]) == 0
    assert "Elara will not use it" in capsys.readouterr().out
    assert types_of(out)["blk.0.ffn_down.weight"] == "Q8_0"
    assert main([*command, "--no-verify", "--override", "ffn_down"]) == 2
