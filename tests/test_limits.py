"""What can't be converted truly is refused by name, before a weight is read."""

import json

import pytest

from convert.weights.architectures import linear_modules, plan_folder
from convert.weights.folder import open_folder
from elara_local.errors import ElaraError, Missing, WrongFile
from tests.tiny_models import save_model


class Unread:
    """A checkpoint whose weights nobody may read."""

    def __init__(self, checkpoint):
        self.tensors = dict(checkpoint.tensors)
        self.files = checkpoint.files

    def read(self, name, rows=None):
        raise AssertionError(f"{name} was read")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Tiny models by family, made once."""
    made = {}

    def take(family):
        if family not in made:
            made[family] = tmp_path_factory.mktemp(family) / "model"
            save_model(made[family], family)
        return made[family]

    return take


def plan_changed(folder, changes, edit=None):
    """Plan a folder with another config.json, or with other tensors; then put it back."""
    path = folder / "config.json"
    before = path.read_text()
    raw = json.loads(before) | changes
    path.write_text(json.dumps({key: value for key, value in raw.items() if value != "gone"}))
    try:
        checkpoint = Unread(open_folder(folder))
        if edit:
            edit(checkpoint.tensors)
        return plan_folder(folder, checkpoint)
    finally:
        path.write_text(before)


ROPE = {"rope_theta": 10000.0}
YARN = {"rope_type": "yarn", "factor": 4.0, **ROPE}
REFUSED = [
    ("Llama", {"architectures": ["MixtralForCausalLM"]}, "MixtralForCausalLM"),
    ("Llama", {"architectures": ["Gemma3ForConditionalGeneration"]}, "ConditionalGeneration"),
    ("Llama", {"architectures": []}, "architectures"),
    ("Llama", {"architectures": "gone"}, "architectures"),
    ("Llama", {"architectures": ["LlamaForCausalLM", "Other"]}, "architectures"),
    ("Llama", {"auto_map": {"AutoModel": "x.Y"}}, "auto_map"),
    ("Llama", {"quantization_config": {"quant_method": "gptq"}}, "gptq"),
    ("Llama", {"quantization_config": {"quant_method": "bitsandbytes"}}, "bitsandbytes"),
    ("Qwen2", {"num_experts": 8}, "mixture of experts"),
    ("Mistral", {"num_local_experts": 8}, "mixture of experts"),
    ("Llama", {"hidden_act": "relu"}, "relu"),
    ("GPT2", {"activation_function": "gelu"}, "gelu"),
    ("GPT2", {"activation_function": "relu"}, "relu"),
    ("GPT2", {"scale_attn_by_inverse_layer_idx": True}, "inverse_layer"),
    ("GPT2", {"add_cross_attention": True}, "cross_attention"),
    ("Gemma", {"tie_word_embeddings": False}, "output layer"),
    ("Gemma2", {"query_pre_attn_scalar": 144}, "query_pre_attn_scalar"),
    ("Gemma3", {"query_pre_attn_scalar": 168}, "query_pre_attn_scalar"),
    ("Gemma3", {"attn_logit_softcapping": 50.0}, "attn_logit_softcapping"),
    ("Gemma2", {"attn_logit_softcapping": None}, "attn_logit_softcapping"),
    ("Gemma2", {"final_logit_softcapping": None}, "final_logit_softcapping"),
    ("Gemma2", {"sliding_window": None}, "sliding"),
    ("Gemma3", {"use_bidirectional_attention": True}, "bidirectional"),
    ("Gemma3", {"layer_types": ["full_attention", "sliding_attention"]}, "steady pace"),
    ("Gemma3", {"layer_types": ["full_attention"]}, "layer types"),
    ("Qwen3", {"layer_types": ["linear_attention", "full_attention"]}, "layer types"),
    ("Qwen2", {"head_dim": 32}, "heads"),
    ("Phi3", {"head_dim": 32}, "heads"),
    ("Llama", {"head_dim": 15}, "heads"),
    ("Llama", {"num_key_value_heads": 3}, "heads"),
    ("Llama", {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, **ROPE}}, "dynamic"),
    ("Qwen2", {"rope_parameters": {"rope_type": "llama3", **ROPE}}, "llama3"),
    ("Gemma2", {"rope_parameters": {"rope_type": "linear", "factor": 2.0, **ROPE}}, "linear"),
    ("Llama", {"rope_parameters": {"rope_type": "linear", **ROPE}}, "factor"),
    ("Llama", {"rope_parameters": {**YARN, "beta_fast": 16}}, "beta_fast"),
    ("Llama", {"rope_parameters": {**YARN, "beta_slow": 2}}, "beta_slow"),
    ("Llama", {"rope_parameters": {**YARN, "truncate": False}}, "truncate"),
    ("Llama", {"rope_parameters": {"partial_rotary_factor": 0.5, **ROPE}}, "part of each head"),
    ("Llama", {"rope_parameters": {"rope_theta": "10000"}}, "rope_theta"),
    ("Llama", {"rope_parameters": {"rope_theta": 0}}, "rope_theta"),
    ("Llama", {"rope_parameters": [1]}, "table"),
    ("Llama", {"tie_word_embeddings": "false"}, "tie_word_embeddings"),
    ("Gemma2", {"final_logit_softcapping": "30"}, "final_logit_softcapping"),
    ("Gemma3", {"hidden_activation": "gelu"}, "gelu"),
    ("Phi3", {"rope_parameters": {"rope_type": "longrope", "long_factor": [1.0]}}, "long_factor"),
    ("Llama", {"num_hidden_layers": 3}, "model.layers.2."),
    ("Llama", {"num_hidden_layers": 1}, "model.layers.1."),
    ("Llama", {"num_hidden_layers": 10**9}, "num_hidden_layers"),
    ("Llama", {"num_hidden_layers": "2"}, "num_hidden_layers"),
    ("Llama", {"hidden_size": True}, "hidden_size"),
    ("Llama", {"hidden_size": "gone"}, "hidden_size"),
    ("Llama", {"vocab_size": 321}, "embed_tokens"),
    ("Llama", {"intermediate_size": 97}, "mlp"),
    ("Llama", {"rms_norm_eps": "small"}, "rms_norm_eps"),
    ("Qwen2", {"architectures": ["LlamaForCausalLM"], "num_key_value_heads": 4}, "k_proj"),
    ("Qwen3", {"architectures": ["LlamaForCausalLM"]}, "_norm"),
    ("Gemma2", {"architectures": ["GemmaForCausalLM"]}, "feedforward_layernorm"),
]


@pytest.mark.parametrize(("family", "changes", "named"), REFUSED)
def test_a_setting_that_cannot_be_kept_is_refused(family, changes, named, folders):
    with pytest.raises(WrongFile, match=named) as caught:
        plan_changed(folders(family), changes)
    assert "\n" not in caught.value.message


def test_a_missing_tensor_is_named(folders):
    name = "model.layers.1.self_attn.k_proj.weight"
    with pytest.raises(WrongFile, match=name):
        plan_changed(folders("Llama"), {}, lambda tensors: tensors.pop(name))


@pytest.mark.parametrize("family", ["Llama", "Qwen2", "GPT2"])
def test_a_missing_bias_is_named(family, folders):
    name = {"GPT2": "transformer.h.1.attn.c_attn.bias"}.get(
        family, "model.layers.1.self_attn.q_proj.bias"
    )
    with pytest.raises(WrongFile, match=name):
        plan_changed(folders(family), {}, lambda tensors: tensors.pop(name))


@pytest.mark.parametrize(
    "name",
    [
        "model.layers.0.self_attn.q_proj.lora_A.weight",
        "model.layers.0.self_attn.q_proj.weight_scale",
        "model.norm.bias",
        "score.weight",
        "vision_tower.patch.weight",
    ],
)
def test_a_tensor_left_over_is_named(name, folders):
    def add(tensors):
        tensors[name] = tensors["model.norm.weight"]

    with pytest.raises(WrongFile, match=name):
        plan_changed(folders("Llama"), {}, add)


def test_old_buffers_are_left_out(folders):
    def add(tensors):
        one = next(iter(tensors.values()))
        tensors["transformer.h.0.attn.bias"] = one
        tensors["transformer.h.0.attn.masked_bias"] = one
        tensors["transformer.h.0.rotary_emb.inv_freq"] = one

    changed = plan_changed(folders("GPT2"), {}, add)
    assert [w.source for w in changed.weights] == [
        w.source for w in plan_changed(folders("GPT2"), {}).weights
    ]


def test_an_untied_model_needs_its_output_layer(folders):
    plan = plan_changed(folders("Qwen2"), {})
    assert plan.tied
    assert "output.weight" not in {weight.target for weight in plan.weights}
    with pytest.raises(WrongFile, match="lm_head"):
        plan_changed(folders("Qwen2"), {"tie_word_embeddings": False})


@pytest.mark.parametrize("equal", [True, False])
def test_a_tied_output_layer_must_be_the_embedding(equal, tmp_path):
    from safetensors.torch import load_file, save_file

    save_model(tmp_path, "Qwen2")
    path = tmp_path / "model.safetensors"
    tensors = load_file(path)
    head = tensors["model.embed_tokens.weight"].clone()
    head[-1, -1] += 0 if equal else 1
    save_file(tensors | {"lm_head.weight": head}, path)
    if equal:
        plan = plan_folder(tmp_path, open_folder(tmp_path))
        assert "output.weight" not in {weight.target for weight in plan.weights}
    else:
        with pytest.raises(WrongFile, match="they differ"):
            plan_folder(tmp_path, open_folder(tmp_path))


def test_an_architecture_that_is_not_known_has_no_modules():
    with pytest.raises(WrongFile, match="mamba"):
        linear_modules("mamba", 2, 4, 2)


def test_a_folder_without_a_tokenizer_is_refused(tmp_path):
    save_model(tmp_path, "GPT2")
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(Missing) as caught:
        plan_folder(tmp_path, open_folder(tmp_path))
    assert isinstance(caught.value, ElaraError)


JUNK = [None, "x", -1, 0, 10**30, [1], {"a": 1}, {"rope_type": 5}, {"full_attention": 3}]
JUNK += [{"rope_type": "yarn", "factor": 2.0, "mscale": "x", "mscale_all_dim": 1}]
JUNK += [{"rope_type": "longrope", "long_factor": [1] * 8, "short_factor": ["a"] * 8}]


@pytest.mark.parametrize("family", ["Gemma3", "Phi3"])
def test_no_setting_ends_in_anything_but_a_plan_or_a_clear_line(family, folders):
    folder = folders(family)
    raw = json.loads((folder / "config.json").read_text())
    counts = {"plans": 0, "refusals": 0}
    for name in [*raw, "rope_scaling", "sliding_window_pattern", "num_experts"]:
        for value in JUNK:
            gone = {"rope_parameters": "gone"} if name == "rope_scaling" else {}
            try:
                plan = plan_changed(folder, gone | {name: value})
            except ElaraError as error:
                counts["refusals"] += 1
                assert "\n" not in error.message
                assert len(error.message) < 300
            else:
                counts["plans"] += 1
                whole = [e.value for e in plan.entries if e.kind == "uint32"]
                assert all(type(value) is int and 0 <= value < 2**32 for value in whole)
    assert min(counts.values()) > 50
