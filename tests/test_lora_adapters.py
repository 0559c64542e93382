"""Reading PEFT adapters: the exact scaling, and every adapter that is refused, by name."""

import json
import math

import numpy as np
import pytest

from convert.merge import open_base
from convert.weights.adapter_config import read_adapter_config
from convert.weights.adapters import read_adapter
from elara_local.errors import Missing, WrongFile
from tests.tiny_gguf import write_tiny
from tests.tiny_lora import put_on, write_adapter
from tests.tiny_models import save_model

Q = "model.layers.{}.self_attn.q_proj"
WIDTH = 256  # of tests/tiny_gguf.py's model


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """The plan and the checkpoint of a tiny llama of two layers."""
    path = write_tiny(tmp_path_factory.mktemp("base") / "base.gguf")
    checkpoint, plan = open_base(path)
    return checkpoint, plan


def draw(outputs=WIDTH, inputs=WIDTH, rank=4, layers=(0, 1), module=Q):
    random = np.random.default_rng(3)
    return {
        module.format(layer): (
            random.standard_normal((rank, inputs), np.float32),
            random.standard_normal((outputs, rank), np.float32),
        )
        for layer in layers
    }


SETTINGS = {
    "plain": ("Llama", {"lora_alpha": 7}),
    "rank-stabilised": ("Llama", {"use_rslora": True, "lora_alpha": 5}),
    "patterns": (
        "Llama",
        {
            "rank_pattern": {"k_proj": 2, r"model\.layers\.0\.mlp\.up_proj": 6},
            "alpha_pattern": {"self_attn.v_proj": 40, ".*1.mlp.*": 3, "q_proj": 1},
        },
    ),
    "a pattern that matches no end": ("Llama", {"alpha_pattern": {"v_pro": 99, "self_attn": 99}}),
    "fan in, fan out": ("GPT2", {"use_rslora": True}),
}


@pytest.mark.parametrize("name", SETTINGS)
def test_the_delta_is_pefts_own(name, tmp_path):
    pytest.importorskip("peft")
    family, settings = SETTINGS[name]
    (tmp_path / "base").mkdir()
    model = save_model(tmp_path / "base", family)
    wrapped = put_on(model, family, tmp_path / "adapter", **settings)
    _, plan = open_base(tmp_path / "base")
    adapter = read_adapter(tmp_path / "adapter", plan)
    layers = {
        found.removeprefix("base_model.model."): layer
        for found, layer in wrapped.named_modules()
        if hasattr(layer, "get_delta_weight")
    }
    assert set(layers) == set(adapter.modules) and len(layers) > 5
    for module, layer in layers.items():
        theirs = layer.get_delta_weight("default").detach().numpy()
        ours = adapter.delta(module)
        assert ours.dtype == np.float32 and ours.shape == theirs.shape
        assert np.allclose(ours, theirs, rtol=1e-6, atol=1e-6 * abs(theirs).max()), module


def test_half_precision_factors_are_widened_first(tmp_path, base):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    folder = write_adapter(tmp_path / "a", draw())
    values = {side: torch.randn(4, WIDTH, generator=torch.Generator()) for side in "AB"}
    values["B"] = values["B"].T.contiguous()
    rounded = {side: value.to(torch.bfloat16) for side, value in values.items()}
    names = {
        f"base_model.model.{Q.format(n)}.lora_{side}.weight": rounded[side].clone()
        for n in (0, 1)
        for side in "AB"
    }
    save_file(names, folder / "adapter_model.safetensors")
    ours = read_adapter(folder, base[1]).delta(Q.format(0))
    exact = 2 * rounded["B"].double().numpy() @ rounded["A"].double().numpy()
    assert np.allclose(ours, exact, atol=1e-5 * abs(exact).max())


CONFIGS = {
    "DoRA": {"use_dora": True},
    "modules_to_save": {"modules_to_save": ["lm_head"]},
    "bias": {"bias": "lora_only"},
    "biases": {"bias": "all"},
    "lora_bias": {"lora_bias": True},
    "trainable_token_indices": {"trainable_token_indices": [5, 6]},
    "aLoRA": {"alora_invocation_tokens": [1, 2]},
    "LOHA": {"peft_type": "LOHA"},
    "None": {"peft_type": None},
    "layer_replication": {"layer_replication": [[0, 2]]},
    "target_parameters": {"target_parameters": ["mlp.experts"]},
    "use_qalora": {"use_qalora": True},
    "ensure_weight_tying": {"ensure_weight_tying": True},
    "pissa": {"init_lora_weights": "pissa"},
    "loftq": {"init_lora_weights": "loftq"},
    "olora": {"init_lora_weights": "olora"},
    "a_setting_of_tomorrow": {"a_setting_of_tomorrow": {"on": 1}},
}


@pytest.mark.parametrize("words", CONFIGS)
def test_what_is_not_plain_lora_is_refused_by_name(words, tmp_path, base):
    folder = write_adapter(tmp_path / "a", draw(), **CONFIGS[words])
    with pytest.raises(WrongFile, match=words):
        read_adapter(folder, base[1])


TENSORS = {
    "DoRA": f"base_model.model.{Q.format(0)}.lora_magnitude_vector",
    "embedding": "base_model.model.model.embed_tokens.lora_embedding_A",
    "lora_bias": f"base_model.model.{Q.format(0)}.lora_B.bias",
    "trained whole": "base_model.model.model.norm.weight",
    "modules_to_save": "base_model.model.lm_head.modules_to_save.weight",
    "trainable_token_indices": "base_model.model.model.embed_tokens.token_adapter.trainable_tokens",
    "one half": f"base_model.model.{Q.format(0)}x.lora_A.weight",
}


@pytest.mark.parametrize("words", TENSORS)
def test_a_tensor_that_would_not_be_used_is_refused_by_name(words, tmp_path, base):
    extra = {TENSORS[words]: np.zeros((4, WIDTH), np.float32)}
    folder = write_adapter(tmp_path / "a", draw(), extra)
    with pytest.raises(WrongFile, match=words):
        read_adapter(folder, *reversed(base))


OTHERS = {
    "another width": (draw(outputs=64, inputs=64), {}, "the base .* has"),
    "more layers": (draw(layers=(0, 1, 2)), {}, "changes model.layers.2"),
    "fewer layers": (draw(layers=(0,)), {}, "leaves model.layers.1.self_attn.q_proj"),
    "another rank": (draw(rank=8), {}, "the rank is 4"),
    "no such layer": (draw(module="model.layers.{}.mlp.experts"), {}, "mlp.experts"),
    "a norm": (draw(module="model.layers.{}.input_layernorm"), {}, "input_layernorm"),
    "the embedding": (draw(outputs=512, layers=(0,), module="model.embed_tokens"), {}, "embed"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_an_adapter_for_another_base_is_refused(name, tmp_path, base):
    factors, settings, words = OTHERS[name]
    folder = write_adapter(tmp_path / "a", factors, **settings)
    with pytest.raises(WrongFile, match=words):
        read_adapter(folder, base[1])


def test_some_layers_alone_are_taken_when_they_were_asked_for(tmp_path, base):
    folder = write_adapter(tmp_path / "a", draw(layers=(1,)), layers_to_transform=[1])
    assert read_adapter(folder, base[1]).modules == (Q.format(1),)
    folder = write_adapter(tmp_path / "b", draw(layers=(1,)), target_modules=".*1.*q_proj")
    assert read_adapter(folder, base[1]).modules == (Q.format(1),)


def test_a_copy_of_the_output_layer_must_be_a_copy(tmp_path, base):
    checkpoint, plan = base
    name = "base_model.model.lm_head.base_layer.weight"
    copy = checkpoint.read("output.weight")
    folder = write_adapter(tmp_path / "a", draw(), {name: copy})
    assert read_adapter(folder, plan, checkpoint).modules == (Q.format(0), Q.format(1))
    with pytest.raises(WrongFile, match="trained whole, or a copy"):
        read_adapter(folder, plan)
    copy[3, 5] *= 1.01
    folder = write_adapter(tmp_path / "b", draw(), {name: copy})
    with pytest.raises(WrongFile, match="brings its own lm_head"):
        read_adapter(folder, plan, checkpoint)


def test_files_that_are_missing_or_damaged(tmp_path, base):
    plan = base[1]
    with pytest.raises(Missing, match="no adapter folder"):
        read_adapter(tmp_path / "absent", plan)
    folder = write_adapter(tmp_path / "a", draw())
    weights, config = folder / "adapter_model.safetensors", folder / "adapter_config.json"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-8])
    with pytest.raises(WrongFile, match="damaged"):
        read_adapter(folder, plan)
    weights.unlink()
    with pytest.raises(Missing, match="holds no adapter_model"):
        read_adapter(folder, plan)
    (folder / "adapter_model.bin").write_bytes(b"pickled")
    with pytest.raises(WrongFile, match="pickle: it can run code"):
        read_adapter(folder, plan)
    weights.write_bytes(whole)
    for text in ("{", "[]", "[" * 100_000, json.dumps({"peft_type": "LORA"}), "{}"):
        config.write_text(text, encoding="utf-8")
        with pytest.raises(WrongFile):
            read_adapter(folder, plan)
    config.unlink()
    with pytest.raises(Missing, match="adapter_config.json"):
        read_adapter(folder, plan)


@pytest.mark.parametrize(
    "wrong",
    [
        {"r": 0},
        {"r": "many"},
        {"lora_alpha": math.inf},
        {"rank_pattern": {"(": 4}},
        {"rank_pattern": {"q_proj": 0}},
        {"rank_pattern": ["q_proj"]},
        {"alpha_pattern": {"x" * 501: 1}},
    ],
    ids=str,
)
def test_numbers_that_make_no_sense(wrong, tmp_path):
    folder = write_adapter(tmp_path / "a", draw(), **wrong)
    with pytest.raises(WrongFile, match="makes no sense"):
        read_adapter_config(folder)


def test_the_factors_are_scaled_and_multiply_to_the_delta(tmp_path, base):
    factors = draw()
    folder = write_adapter(tmp_path / "a", factors, lora_alpha=6)
    adapter = read_adapter(folder, base[1])
    one, other = adapter.factors(Q.format(0))
    assert np.array_equal(one, factors[Q.format(0)][0])
    assert np.allclose(other, 1.5 * factors[Q.format(0)][1])
    weight = next(w for w in base[1].weights if w.module == Q.format(0))
    placed_one, placed_other = adapter.place(weight)
    delta = adapter.delta(Q.format(0))
    assert np.allclose(placed_other @ placed_one, weight.turn(delta), atol=1e-4)
    assert not np.allclose(placed_other, other), "q is permuted in llama: the test is blind"
