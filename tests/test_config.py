"""config.json of transformers 4 and of transformers 5 gives the same plan."""

import json

import pytest

from convert.weights.architectures import plan_folder
from convert.weights.config import read_config
from convert.weights.folder import open_folder
from convert.weights.recipes import FAMILIES
from convert.weights.ropes import compute_llama3, read_rope
from convert.weights.tensors import Stored
from tests.tiny_models import OWN, save_model, save_tokenizer

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


# Settings as the models' makers publish them, with the names transformers 4 gave them.
PUBLISHED = {
    "Llama 3.2 1B": {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "attention_bias": False,
        "head_dim": 64,
        "hidden_act": "silu",
        "hidden_size": 2048,
        "intermediate_size": 8192,
        "max_position_embeddings": 131072,
        "mlp_bias": False,
        "num_attention_heads": 32,
        "num_hidden_layers": 16,
        "num_key_value_heads": 8,
        "pretraining_tp": 1,
        "rms_norm_eps": 1e-05,
        "rope_scaling": {
            "factor": 32.0,
            "high_freq_factor": 4.0,
            "low_freq_factor": 1.0,
            "original_max_position_embeddings": 8192,
            "rope_type": "llama3",
        },
        "rope_theta": 500000.0,
        "tie_word_embeddings": True,
        "vocab_size": 128256,
    },
    "Mistral 7B v0.1": {
        "architectures": ["MistralForCausalLM"],
        "model_type": "mistral",
        "hidden_act": "silu",
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "max_position_embeddings": 32768,
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "num_key_value_heads": 8,
        "rms_norm_eps": 1e-05,
        "rope_theta": 10000.0,
        "sliding_window": 4096,
        "tie_word_embeddings": False,
        "vocab_size": 32000,
    },
    "Qwen2.5 3B": {
        "architectures": ["Qwen2ForCausalLM"],
        "model_type": "qwen2",
        "hidden_act": "silu",
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "max_position_embeddings": 32768,
        "max_window_layers": 36,
        "num_attention_heads": 16,
        "num_hidden_layers": 36,
        "num_key_value_heads": 2,
        "rms_norm_eps": 1e-06,
        "rope_theta": 1000000.0,
        "sliding_window": 32768,
        "tie_word_embeddings": True,
        "use_sliding_window": False,
        "vocab_size": 151936,
    },
    "Gemma 2B": {
        "architectures": ["GemmaForCausalLM"],
        "model_type": "gemma",
        "attention_bias": False,
        "head_dim": 256,
        "hidden_act": "gelu",
        "hidden_activation": None,
        "hidden_size": 2048,
        "intermediate_size": 16384,
        "max_position_embeddings": 8192,
        "num_attention_heads": 8,
        "num_hidden_layers": 18,
        "num_key_value_heads": 1,
        "rms_norm_eps": 1e-06,
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "vocab_size": 256000,
    },
    "Gemma 3 1B": {
        "architectures": ["Gemma3ForCausalLM"],
        "model_type": "gemma3_text",
        "attention_bias": False,
        "attn_logit_softcapping": None,
        "final_logit_softcapping": None,
        "head_dim": 256,
        "hidden_activation": "gelu_pytorch_tanh",
        "hidden_size": 1152,
        "intermediate_size": 6912,
        "max_position_embeddings": 32768,
        "num_attention_heads": 4,
        "num_hidden_layers": 26,
        "num_key_value_heads": 1,
        "query_pre_attn_scalar": 256,
        "rms_norm_eps": 1e-06,
        "rope_local_base_freq": 10000,
        "rope_scaling": None,
        "rope_theta": 1000000,
        "sliding_window": 512,
        "sliding_window_pattern": 6,
        "vocab_size": 262144,
    },
    "Phi 3 mini 4k": {
        "architectures": ["Phi3ForCausalLM"],
        "model_type": "phi3",
        "attention_bias": False,
        "hidden_act": "silu",
        "hidden_size": 3072,
        "intermediate_size": 8192,
        "max_position_embeddings": 4096,
        "num_attention_heads": 32,
        "num_hidden_layers": 32,
        "num_key_value_heads": 32,
        "original_max_position_embeddings": 4096,
        "rms_norm_eps": 1e-05,
        "rope_scaling": None,
        "rope_theta": 10000.0,
        "sliding_window": 2047,
        "tie_word_embeddings": False,
        "vocab_size": 32064,
    },
    "GPT-2": {
        "architectures": ["GPT2LMHeadModel"],
        "model_type": "gpt2",
        "activation_function": "gelu_new",
        "layer_norm_epsilon": 1e-05,
        "n_ctx": 1024,
        "n_embd": 768,
        "n_head": 12,
        "n_layer": 12,
        "n_positions": 1024,
        "vocab_size": 50257,
    },
}


class Shapes:
    """A checkpoint of shapes alone, as transformers makes them."""

    def __init__(self, folder):
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM

        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder))
        tied = model.config.tie_word_embeddings
        self.files = ()
        self.tensors = {
            name: Stored(name, tuple(weight.shape), "BF16", 2 * weight.numel())
            for name, weight in model.state_dict().items()
            if not (tied and name == "lm_head.weight")
        }


@pytest.mark.parametrize("name", PUBLISHED)
def test_what_makers_publish_is_taken(name, tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(PUBLISHED[name]))
    save_tokenizer(tmp_path)
    checkpoint = Shapes(tmp_path)
    plan = plan_folder(tmp_path, checkpoint)
    assert {w.source for w in plan.weights if w.source} == checkpoint.tensors.keys()
    told = {entry.key.partition(".")[2]: entry.value for entry in plan.entries}
    window = {"Mistral 7B v0.1": 4096, "Phi 3 mini 4k": 2047}.get(name)
    settings = PUBLISHED[name]
    longest = settings.get("max_position_embeddings", settings.get("n_positions"))
    assert told["context_length"] == (window or longest)
    if name == "Gemma 3 1B":
        assert told["attention.sliding_window_pattern"] == 6
        assert told["attention.sliding_window"] == 512
        assert told["rope.freq_base_swa"] == 10000.0
