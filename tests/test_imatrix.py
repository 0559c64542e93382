"""Importance: llama.cpp's own inputs against torch hooks on the same weights."""

import importlib.util

import numpy as np
import pytest

from convert.imatrix import Inputs, Tensor, measure_importance
from convert.quantizing.importance import load_importance, save_importance
from elara_local.errors import ElaraError, WrongFile
from tests.tiny_gguf import HEADS, LAYERS, WORDS, make_weights, name_tokens, write_tiny

TEXTS = ["Give artesunate 3 mg/kg to a child under 20 kg.", "Fièvre, 39.5 °C", "x" * 300]
PARTS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


@pytest.fixture(scope="module")
def weights():
    return make_weights()


@pytest.fixture(scope="module")
def model(weights, tmp_path_factory):
    import gguf

    path = tmp_path_factory.mktemp("tiny") / "tiny.gguf"
    return write_tiny(path, weights, kind=gguf.GGMLQuantizationType.F32)


@pytest.fixture(scope="module")
def measured(model):
    return measure_importance(model, TEXTS, threads=1)


def test_every_linear_weight_of_a_layer_is_measured(measured, weights):
    linear = {n: w for n, w in weights.items() if n.startswith("blk.") and w.ndim == 2}
    assert set(measured) == set(linear)
    for name, values in measured.items():
        assert values.shape == (linear[name].shape[1],) and values.dtype == np.float32
        assert values.min() >= 0 and values.max() > 0


@pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers is not installed"
)
def test_the_means_are_those_of_torch_hooks(measured, weights):
    expected = measure_with_torch(weights, [spell(text) for text in TEXTS])
    assert set(expected) == set(measured)
    for name, values in measured.items():
        assert np.allclose(values, expected[name], rtol=1e-4, atol=1e-6), name


def test_more_text_changes_the_means_and_order_does_not(model, measured):
    assert not np.allclose(
        measure_importance(model, TEXTS[:1], threads=1)["blk.1.ffn_down.weight"],
        measured["blk.1.ffn_down.weight"],
    )
    turned = measure_importance(model, TEXTS[::-1], threads=1)
    for name, values in measured.items():
        assert np.allclose(values, turned[name], rtol=1e-4)


def test_no_text_and_no_model_are_told(model, tmp_path):
    with pytest.raises(ElaraError, match="no text"):
        measure_importance(model, [])
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(model.read_bytes()[:5000])
    with pytest.raises(WrongFile, match=r"cut\.gguf can't be used"):
        measure_importance(cut, TEXTS)


def test_what_say_raises_ends_the_work(model):
    class Halt(Exception):
        pass

    def say(line):
        raise Halt(line)

    with pytest.raises(Halt, match="measuring tiny.gguf"):
        measure_importance(model, TEXTS, say)


def test_another_layout_of_tensors_is_refused(monkeypatch):
    monkeypatch.setattr("convert.imatrix.OBJECT", 40)
    with pytest.raises(ElaraError, match="lays out its tensors"):
        Inputs()


def test_a_mixture_of_experts_is_a_fault():
    inputs = Inputs()
    step = Tensor(op=inputs._experts)
    from ctypes import addressof

    assert inputs.look(addressof(step), True, None) is False
    assert "mixture of experts" in inputs.fault


def test_what_is_saved_is_read_back(measured, tmp_path):
    path = save_importance(measured, tmp_path / "importance.npz")
    again = load_importance(path)
    assert set(again) == set(measured)
    assert all(np.array_equal(again[name], measured[name]) for name in again)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("values", [[], [np.nan], [-1.0], [np.inf]])
def test_values_that_can_not_be_are_refused(values, tmp_path):
    with pytest.raises(WrongFile, match="can't be"):
        save_importance({"blk.0.attn_q.weight": np.array(values, np.float32)}, tmp_path / "a.npz")
    assert not list(tmp_path.iterdir())


def test_pickles_and_other_files_are_refused(tmp_path):
    pickled, text = tmp_path / "pickled.npz", tmp_path / "text.npz"
    np.savez(pickled, a=np.array([{"a": 1}], dtype=object))
    text.write_text("not an archive")
    for path in (pickled, text, tmp_path / "absent.npz"):
        with pytest.raises(WrongFile, match="holds no importance"):
            load_importance(path)


def spell(text):
    """The tokens of a text as the tiny model has them, by the bytes and its one merge."""
    tokens = name_tokens()
    from tokenizers import Tokenizer, models, pre_tokenizers

    vocabulary = {name: row for row, name in enumerate(tokens)}
    tokenizer = Tokenizer(models.BPE(vocabulary, [("Ġ", "f")]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer.encode(text).ids


def measure_with_torch(weights, texts):
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    hidden = weights["output_norm.weight"].size
    config = LlamaConfig(
        vocab_size=WORDS,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        rms_norm_eps=1e-6,
        max_position_embeddings=512,
    )
    model = LlamaForCausalLM(config).eval()
    model.load_state_dict(
        {turn(name)[0]: torch.from_numpy(turn(name, w)[1].copy()) for name, w in weights.items()}
    )
    sums, rows = {}, {}
    for number, layer in enumerate(model.model.layers):
        for module, part in PARTS.items():
            name = f"blk.{number}.{part}.weight"

            def look(_module, given, name=name):
                values = given[0].detach().double().reshape(-1, given[0].shape[-1])
                sums[name] = sums.get(name, 0) + values.square().sum(0)
                rows[name] = rows.get(name, 0) + len(values)

            layer.get_submodule(module).register_forward_pre_hook(look)
    with torch.inference_mode():
        for ids in texts:
            model(torch.tensor([ids]))
    return {name: (total / rows[name]).numpy() for name, total in sums.items()}


def turn(name, weight=None):
    """The name and the layout of Hugging Face: queries and keys are not interleaved there."""
    fixed = {
        "token_embd.weight": "model.embed_tokens.weight",
        "output.weight": "lm_head.weight",
        "output_norm.weight": "model.norm.weight",
    }
    if name in fixed:
        return fixed[name], weight
    _, number, part, _ = name.split(".")
    back = {v: k for k, v in PARTS.items()}
    back |= {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
    if weight is not None and part in ("attn_q", "attn_k"):
        rows = weight.shape[0] // HEADS // 2
        split = weight.reshape(HEADS, rows, 2, weight.shape[1])
        weight = split.swapaxes(1, 2).reshape(weight.shape)
    return f"model.layers.{number}.{back[part]}.weight", weight
