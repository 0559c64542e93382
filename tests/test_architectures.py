"""A tiny model of every architecture says as GGUF what it says in transformers.

A step left out must show: for each there is a test that leaves it out and sees the logits differ.
"""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convert.weights.architectures import linear_modules, plan_folder
from convert.weights.folder import open_folder
from convert.weights.recipes import FAMILIES, permute_rows
from convert.weights.tensors import keep
from convert.weights.writing import write_gguf
from tests.tiny_models import OWN, TOKENS, VOCAB, compare, read_gguf, read_reference, save_model

ROOT = Path(__file__).resolve().parent.parent
EQUAL = 1e-6  # llama.cpp's own bound for "essentially identical" (examples/model-conversion)
SHOWS = 1e-3  # a step left out makes at least this
LONG = tuple(int(n) for n in np.random.default_rng(8).integers(3, VOCAB, 110))
FIRST = {"original_max_position_embeddings": 32, "rope_theta": 10000.0}
LLAMA3 = {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
LLAMA3 |= FIRST
LINEAR = {"rope_type": "linear", "factor": 4.0, "rope_theta": 10000.0}
YARN = {"rope_type": "yarn", "factor": 4.0, **FIRST}
LOCAL = {"rope_type": "default", "rope_theta": 300.0}
GEMMA3 = {
    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 20000.0},
    "sliding_attention": LOCAL,
}
LONGROPE = {
    "rope_type": "longrope",
    "long_factor": [1.5 + n for n in range(6)],
    "short_factor": [1.1 + n / 5 for n in range(6)],
    "partial_rotary_factor": 0.75,
    "rope_theta": 10000.0,
}
STRETCHED = {"original_max_position_embeddings": 256, "max_position_embeddings": 1024}


def write(plan, checkpoint, folder):
    path = folder.parent / f"{folder.name}.gguf"
    write_gguf(plan, checkpoint, None, path, "F32")
    return path


def convert(folder):
    checkpoint = open_folder(folder)
    return write(plan_folder(folder, checkpoint), checkpoint, folder)


def save(tmp_path, family, **changes):
    folder = tmp_path / family.lower()
    return folder, save_model(folder, family, **changes)


def entries(plan):
    return {entry.key.partition(".")[2]: entry.value for entry in plan.entries}


@pytest.mark.parametrize("family", OWN)
def test_logits_are_those_of_transformers(family, tmp_path):
    folder, model = save(tmp_path, family)
    error, same = compare(read_gguf(convert(folder), LONG), read_reference(model, LONG))
    assert error < EQUAL
    assert same == 1.0


CHANGED = {
    "linear": ("Llama", {"rope_parameters": LINEAR}),
    "llama3": ("Llama", {"rope_parameters": LLAMA3}),
    "llama3 base": ("Mistral", {"rope_parameters": LLAMA3 | {"rope_theta": 500000.0}}),
    "yarn": ("Qwen2", {"rope_parameters": YARN}),
    "yarn, own strength": ("Qwen3", {"rope_parameters": YARN | {"attention_factor": 0.7}}),
    "yarn, scaled": ("Llama", {"rope_parameters": YARN | {"mscale": 1.0, "mscale_all_dim": 0.5}}),
    "global and local": ("Gemma3", {"rope_parameters": GEMMA3}),
    "untied Gemma 3": ("Gemma3", {"tie_word_embeddings": False}),
    "capped Gemma 3": ("Gemma3", {"final_logit_softcapping": 2.0}),
    "all blocks slide": ("Gemma3", {"layer_types": ["sliding_attention"] * 2}),
    "no block slides": ("Gemma3", {"layer_types": ["full_attention"] * 2}),
    "partly rotated": ("Phi3", {"rope_parameters": {**LOCAL, "partial_rotary_factor": 0.5}}),
    "longrope, short text": ("Phi3", {"rope_parameters": LONGROPE, **STRETCHED}),
    "tied, no biases": (
        "Llama",
        {"tie_word_embeddings": True, "attention_bias": False, "mlp_bias": False},
    ),
    "narrow inner layer": ("GPT2", {"n_inner": 80}),
    "untied GPT-2": ("GPT2", {"tie_word_embeddings": False}),
    "one key head": ("Qwen2", {"num_key_value_heads": 1}),
    "other norm": ("Phi3", {"rms_norm_eps": 0.2}),
}


@pytest.mark.parametrize("name", CHANGED)
def test_settings_of_a_family_are_kept(name, tmp_path):
    family, changes = CHANGED[name]
    folder, model = save(tmp_path, family, **changes)
    error, same = compare(read_gguf(convert(folder), LONG), read_reference(model, LONG))
    assert error < EQUAL
    assert same == 1.0


def test_a_long_text_takes_the_long_factors(tmp_path):
    folder, model = save(tmp_path, "Phi3", rope_parameters=LONGROPE, **STRETCHED)
    text = LONG * 3
    found = read_gguf(convert(folder), text, context=512)
    assert compare(found, read_reference(model, text))[0] < EQUAL
    plan = plan_folder(folder, open_folder(folder))
    assert "above 256 tokens" in plan.notes[0]


def without_entries(*names):
    def leave_out(plan):
        left = tuple(e for e in plan.entries if not any(name in e.key for name in names))
        assert len(left) < len(plan.entries)
        return replace(plan, entries=left)

    return leave_out


def without_change(*names):
    def leave_out(plan):
        hit = [w for w in plan.weights if any(name in w.target for name in names)]
        assert any(w.change is not keep for w in hit)
        return replace(
            plan,
            weights=tuple(replace(w, change=keep) if w in hit else w for w in plan.weights),
        )

    return leave_out


def without_weights(name):
    def leave_out(plan):
        left = tuple(w for w in plan.weights if name not in w.target)
        assert len(left) < len(plan.weights)
        return replace(plan, weights=left)

    return leave_out


FORGOTTEN = {
    "q rows": ("Llama", {}, without_change("attn_q.weight")),
    "k rows": ("Mistral", {}, without_change("attn_k.weight")),
    "bias rows": ("Llama", {}, without_change("attn_q.bias", "attn_k.bias")),
    "linear": ("Llama", {"rope_parameters": LINEAR}, without_entries("rope.scaling")),
    "llama3": ("Llama", {"rope_parameters": LLAMA3}, without_weights("rope_freqs")),
    "yarn": ("Qwen2", {"rope_parameters": YARN}, without_entries("rope.scaling")),
    "strength": (
        "Qwen3",
        {"rope_parameters": YARN | {"attention_factor": 0.7}},
        without_entries("attn_factor"),
    ),
    "longrope": (
        "Phi3",
        {"rope_parameters": LONGROPE, **STRETCHED},
        without_weights("rope_factors_short"),
    ),
    "longrope's strength": (
        "Phi3",
        {"rope_parameters": LONGROPE, **STRETCHED},
        without_entries("attn_factor"),
    ),
    "norm + 1": ("Gemma", {}, without_change("norm")),
    "norm + 1 of 2": ("Gemma2", {}, without_change("norm")),
    "norm + 1 of 3": ("Gemma3", {}, without_change("attn_q_norm")),
    "Conv1D": ("GPT2", {}, without_change("attn_output.weight")),
    "cap of attention": ("Gemma2", {}, without_entries("attn_logit_softcapping")),
    "cap of logits": ("Gemma2", {}, without_entries("final_logit_softcapping")),
    "window": ("Gemma2", {}, without_entries("sliding_window")),
    "pattern": ("Gemma3", {}, without_entries("sliding_window_pattern")),
    "local base": ("Gemma3", {"rope_parameters": GEMMA3}, without_entries("freq_base_swa")),
    "base": ("Qwen3", {"rope_parameters": LOCAL}, without_entries("freq_base")),
}


@pytest.mark.parametrize("name", FORGOTTEN)
def test_a_step_left_out_shows(name, tmp_path):
    family, changes, leave_out = FORGOTTEN[name]
    folder, model = save(tmp_path, family, **changes)
    checkpoint = open_folder(folder)
    plan = leave_out(plan_folder(folder, checkpoint))
    found = read_gguf(write(plan, checkpoint, folder), LONG)
    assert compare(found, read_reference(model, LONG))[0] > SHOWS


@pytest.mark.parametrize("family", OWN)
def test_a_delta_turns_as_its_weight_does(family, tmp_path):
    import torch

    folder, model = save(tmp_path, family)
    checkpoint = open_folder(folder)
    plan = plan_folder(folder, checkpoint)
    modules = linear_modules(
        plan.architecture,
        2,
        model.config.num_attention_heads,
        getattr(model.config, "num_key_value_heads", model.config.num_attention_heads),
    )
    layers = dict(model.named_modules())
    hit = {w.module: w for w in plan.weights if w.module}
    for target, (module, turn) in modules.items():
        if module == "lm_head" and plan.tied:
            assert module not in hit
            continue
        weight = hit.pop(module)
        assert weight.target == target
        held = layers[module].weight.detach().numpy()
        delta = torch.randn(held.shape, generator=torch.Generator().manual_seed(3)).numpy()
        changed = weight.change((held + delta).copy())
        np.testing.assert_allclose(
            changed, weight.change(held.copy()) + turn(delta), rtol=0, atol=1e-6
        )
        np.testing.assert_array_equal(weight.turn(delta), turn(delta))
        assert changed.shape == weight.shape
    assert not hit


def test_rows_may_be_moved_in_the_factor_alone():
    rng = np.random.default_rng(2)
    wide, tall = rng.normal(size=(3, 20)), rng.normal(size=(32, 3))
    np.testing.assert_allclose(permute_rows(tall, 4) @ wide, permute_rows(tall @ wide, 4))
    assert not np.allclose(permute_rows(tall, 4), tall)


@pytest.mark.parametrize(
    ("family", "changes"),
    [
        ("Mistral", {"sliding_window": 16}),
        ("Phi3", {"sliding_window": 16}),
        ("Qwen2", {"sliding_window": 16, "use_sliding_window": True, "max_window_layers": 1}),
    ],
)
def test_where_llama_cpp_has_no_window_the_context_ends_with_it(family, changes, tmp_path):
    folder, model = save(tmp_path, family, **changes)
    plan = plan_folder(folder, open_folder(folder))
    assert entries(plan)["context_length"] == 16
    assert "16 tokens" in plan.notes[0]
    path = convert(folder)
    assert compare(read_gguf(path, LONG[:16]), read_reference(model, LONG[:16]))[0] < EQUAL
    assert compare(read_gguf(path, LONG), read_reference(model, LONG))[0] > SHOWS


def test_a_window_that_is_switched_off_cuts_nothing(tmp_path):
    folder, _ = save(tmp_path, "Qwen2", sliding_window=16, use_sliding_window=False)
    plan = plan_folder(folder, open_folder(folder))
    assert entries(plan)["context_length"] == 128
    assert plan.notes == ()


@pytest.mark.parametrize("family", FAMILIES)
def test_each_name_stands_once_and_norms_and_biases_stay_exact(family, tmp_path):
    name = {"gpt2": "GPT2"}.get(family, family.capitalize())
    folder, _ = save(tmp_path, name)
    plan = plan_folder(folder, open_folder(folder))
    targets = [weight.target for weight in plan.weights]
    assert len(targets) == len(set(targets))
    assert len({entry.key for entry in plan.entries}) == len(plan.entries)
    for weight in plan.weights:
        plain = weight.module != ""
        assert weight.exact is not plain, weight.target


def test_half_of_the_bits_and_shards_make_the_same_model(tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    folder, model = save(tmp_path, "Llama")
    model.to(torch.bfloat16).save_pretrained(folder, max_shard_size="100KB")
    (folder / "model.safetensors").unlink()
    checkpoint = open_folder(folder)
    assert len(checkpoint.files) > 1
    assert {stored.kind for stored in checkpoint.tensors.values()} == {"BF16"}
    found = read_gguf(convert(folder))
    wide = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    assert compare(found, read_reference(wide, TOKENS))[0] < EQUAL


ALONE = """
import sys
from pathlib import Path
from convert.weights.architectures import plan_folder
from convert.weights.folder import open_folder
from convert.weights.writing import write_gguf

folder = Path(sys.argv[1])
checkpoint = open_folder(folder)
write_gguf(plan_folder(folder, checkpoint), checkpoint, None, folder / "alone.gguf", "F16")
heavy = {"torch", "transformers", "peft", "llama_cpp"} & sys.modules.keys()
assert not heavy, heavy
"""


def test_the_field_laptop_needs_none_of_the_workshop(tmp_path):
    folder, _ = save(tmp_path, "Gemma3")
    done = subprocess.run(
        [sys.executable, "-c", ALONE, str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (folder / "alone.gguf").stat().st_size > 0
