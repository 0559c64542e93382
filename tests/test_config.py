"""config.json of transformers 4 and of transformers 5 gives the same plan."""

import json

import pytest

from convert.weights.architectures import plan_folder
from convert.weights.config import read_config
from convert.weights.folder import open_folder
from convert.weights.recipes import FAMILIES
from convert.weights.ropes import compute_llama3, read_rope
from tests.tiny_models import OWN, save_model

LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 32,
    "rope_theta": 50000.0,
}
LONGROPE = {
    "rope_type": "longrope",
    "long_factor": [2.0] * 8,
    "short_factor": [1.5] * 8,
    "rope_theta": 30000.0,
}


def write_old(folder):
    """Write config.json as transformers 4 did."""
    path = folder / "config.json"
    raw = json.loads(path.read_text())
    rope = raw.pop("rope_parameters", None) or {}
    raw["torch_dtype"] = raw.pop("dtype", "float32")
    if "full_attention" in rope:
        raw["rope_theta"] = rope["full_attention"].pop("rope_theta")
        raw["rope_local_base_freq"] = rope["sliding_attention"]["rope_theta"]
        rope = rope["full_attention"]
        raw["sliding_window_pattern"] = 2
        raw.pop("layer_types")
    elif rope:
        raw["rope_theta"] = rope.pop("rope_theta")
    raw["partial_rotary_factor"] = rope.pop("partial_rotary_factor", 1.0)
    kind = rope.pop("rope_type", "default")
    old = {"longrope": "su"}.get(kind, kind)
    raw["rope_scaling"] = None if kind == "default" else rope | {"type": old}
    if not raw.get("head_dim"):
        raw.pop("head_dim", None)
    raw.pop("layer_types", None)
    path.write_text(json.dumps(raw))


def describe(folder):
    plan = plan_folder(folder, open_folder(folder))
    weights = [(w.target, w.source, w.shape, w.module, w.exact) for w in plan.weights]
    computed = [w.computed().tolist() for w in plan.weights if w.computed]
    return plan.entries, weights, computed, plan.tied, plan.notes


@pytest.mark.parametrize(
    ("family", "changes"),
    [(family, {}) for family in OWN]
    + [
        ("Llama", {"rope_parameters": LLAMA3}),
        ("Phi3", {"rope_parameters": LONGROPE, "original_max_position_embeddings": 64}),
        (
            "Gemma3",
            {
                "rope_parameters": {
                    "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 9e5},
                    "sliding_attention": {"rope_type": "default", "rope_theta": 5e3},
                }
            },
        ),
    ],
)
def test_both_ways_of_writing_give_one_plan(family, changes, tmp_path):
    save_model(tmp_path, family, **changes)
    new = describe(tmp_path)
    write_old(tmp_path)
    assert "rope_parameters" not in json.loads((tmp_path / "config.json").read_text())
    assert describe(tmp_path) == new


def test_names_without_their_head_are_found(tmp_path):
    from safetensors.torch import load_file, save_file

    save_model(tmp_path, "GPT2")
    new = describe(tmp_path)
    path = tmp_path / "model.safetensors"
    bare = {name.removeprefix("transformer."): t for name, t in load_file(path).items()}
    save_file(bare, path)
    old = describe(tmp_path)
    assert [w[1] for w in old[1]] == [w[1].removeprefix("transformer.") for w in new[1]]
    assert [(w[0], w[3]) for w in old[1]] == [(w[0], w[3]) for w in new[1]]


def test_llama3_frequencies_are_those_of_transformers(tmp_path):
    import numpy as np
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    model = save_model(tmp_path, "Llama", rope_parameters=LLAMA3)
    config = read_config(tmp_path)
    factors = compute_llama3(read_rope(config, FAMILIES["llama"]), config)
    theirs = ROPE_INIT_FUNCTIONS["llama3"](model.config, "cpu")[0].numpy()
    plain = LLAMA3["rope_theta"] ** -(np.arange(0, 16, 2) / 16)
    np.testing.assert_allclose(plain / factors, theirs, rtol=1e-5)
    assert factors.min() == 1.0
    assert 1.0 < factors[factors > 1].min() < factors.max() == 8.0
