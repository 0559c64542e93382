"""The tensors that each architecture must have, on models that were converted here."""

from dataclasses import replace

import pytest

from convert.merge import merge
from elara_local.engines.chat.header import build_header, read_header
from elara_local.engines.chat.shapes import TABLES, find_misfit
from elara_local.gguf_layout import Damaged, Items, Tensor, read_layout
from tests.tiny_models import OWN, save_model

pytest.importorskip("transformers", reason="transformers is not installed")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A converted model of a family, made once."""
    made = {}

    def make(family):
        if family not in made:
            folder = tmp_path_factory.mktemp(family)
            save_model(folder / "base", family)
            merge(folder / "base", None, folder / "base.gguf", "F16")
            made[family] = folder / "base.gguf"
        return made[family]

    return make


@pytest.mark.parametrize("family", OWN)
def test_a_converted_model_fits(files, family):
    header = read_header(files(family))
    assert header.architecture in TABLES
    assert (header.layers, header.width) == (2, 64)


@pytest.mark.parametrize("family", OWN)
def test_each_tensor_must_be_there_and_have_its_shape(files, family):
    layout = read_layout(files(family))
    ends, blocks = TABLES[str(layout.pairs["general.architecture"])]
    for name in (*ends, *(f"blk.1.{name}" for name in blocks)):
        others = {key: value for key, value in layout.tensors.items() if key != name}
        with pytest.raises(Damaged, match=f"{name} is missing"):
            build_header(replace(layout, tensors=others))
        found = layout.tensors[name]
        longer = replace(found, shape=(found.shape[0] + 32, *found.shape[1:]))
        with pytest.raises(Damaged, match=f"{name} has the shape"):
            build_header(replace(layout, tensors=others | {name: longer}))


PAIRS = {
    "llama.attention.head_count": (0, 3, 5, True, "4", 1 << 31),
    "llama.attention.head_count_kv": (0, 3, 8),
    "llama.block_count": (0, 1, 3, 513),
    "llama.embedding_length": (0, 32, 128),
    "llama.feed_forward_length": (48, 192),
    "llama.context_length": (0, -1),
    "llama.rope.dimension_count": (0, 7, 64),
    "llama.rope.freq_base": (float("nan"), -1.0, 10000),
    "llama.attention.layer_norm_rms_epsilon": (float("inf"), -1e-6),
    "llama.rope.scaling.type": ("none of these", 7),
    "tokenizer.ggml.tokens": (Items(8, 319, (), 319), Items(8, 320, (), 319), Items(5, 320), 7),
    "tokenizer.ggml.token_type": (Items(5, 319), Items(8, 320), Items(6, 320)),
    "general.architecture": ("", "Llama", "gpt2"),
}


@pytest.mark.parametrize("key", PAIRS)
def test_metadata_that_the_tensors_do_not_bear_out(files, key):
    layout = read_layout(files("Llama"))
    build_header(layout)
    for value in PAIRS[key]:
        with pytest.raises(Damaged):
            build_header(replace(layout, pairs={**layout.pairs, key: value}))


def test_texts_must_be_texts(files):
    layout = read_layout(files("Llama"))
    with pytest.raises(Damaged, match="chat_template is no text"):
        build_header(replace(layout, kinds={**layout.kinds, "tokenizer.chat_template": 4}))


ENDS = {"E": 8, "N": 10, "F": 16, "C": 32}


def test_an_architecture_without_a_table_is_held_to_what_all_have():
    tensors = {"token_embd.weight": Tensor((8, 10), 1, 0, 160), "odd": Tensor((3, 3), 1, 0, 18)}
    assert find_misfit("unknown", tensors, ENDS, ()) == ""
    assert "missing" in find_misfit("unknown", {}, ENDS, ())
    wrong = {"token_embd.weight": Tensor((8, 11), 1, 0, 176)}
    assert find_misfit("unknown", wrong, ENDS, ()) == (
        "token_embd.weight has the shape (8, 11), not (8, 10)"
    )


@pytest.mark.parametrize(
    ("name", "tensor", "words"),
    [
        ("odd", Tensor((8, 8), 26, 0, 256), "whole numbers"),
        ("odd.bias", Tensor((8,), 1, 0, 16), "32-bit floats"),
        ("blk.1.odd.weight", Tensor((8, 8), 1, 0, 128), "beyond the 1 blocks"),
    ],
)
def test_kinds_that_cannot_be_multiplied(name, tensor, words):
    tensors = {"token_embd.weight": Tensor((8, 10), 1, 0, 160), name: tensor}
    assert words in find_misfit("unknown", tensors, ENDS, ({"E": 8},))
