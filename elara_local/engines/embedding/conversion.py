"""Makes the CTranslate2 int8 encoder out of a BERT folder in safetensors format.

Only NumPy and `ctranslate2.specs` are used: no torch, no transformers. The mapping of
names is the one of the BERT architecture (post-norm, learned positions, two added
embeddings), checked in tests/test_embedding.py against sentence-transformers.

It knows nothing of the catalogue, of where models are kept, or of searching.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elara_local.engines.embedding.tensors import read_tensors
from elara_local.errors import WrongFile
from elara_local.weights import digest

CARD = "elara.json"
QUANTIZATION = "int8"
UNKNOWN = ("[UNK]", "<unk>")
ACTIVATIONS = {"gelu": "GELU", "gelu_new": "GELUTanh", "relu": "RELU"}
FETCH_AGAIN = "Remove the folder and let `launcher.py` fetch the model again."

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Shape:
    """The sizes of the encoder, as its config.json gives them."""

    layers: int
    heads: int
    activation: str
    epsilon: float


@dataclass(frozen=True)
class Manner:
    """How a model wants to be asked, which its weights do not say.

    `pooling` is "mean" of the tokens or the "first" one. The prefixes stand before every
    question and every passage; a model that was trained with them is weak without.
    """

    pooling: str = "mean"
    query_prefix: str = ""
    passage_prefix: str = ""


def convert_encoder(
    source: Path, target: Path, manner: Manner | None = None, quantization: str = QUANTIZATION
) -> None:
    """Write the encoder of the BERT model in `source` into the folder `target`.

    The work is done in `<target>.part`, which is renamed at the end: `target` is either
    whole or absent. Beside the model lies elara.json: the sha256 of the safetensors file,
    the version of ctranslate2, the quantization, the longest input in tokens, the
    dimension of a vector, and the manner: what `manner` says, which must not contradict the
    source, else what the source says. `quantization` is CTranslate2's name of how weights
    are kept: "int8", or "float32" to lose nothing.

    Raises:
        WrongFile: `source` lacks a file, is not a BERT encoder, or a tensor is missing,
            has a wrong size or holds a value that is not finite; or it pools otherwise.
    """
    known = _read_manner(source, manner)
    config = read_json(source / "config.json")
    shape = _read_shape(config, source)
    weights = read_tensors(source / "model.safetensors")
    with made_whole(source, target) as part:
        write_model(weights, shape, config, source, part, quantization)
        card = _describe(source, config, known, quantization)
        (part / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")


@contextmanager
def made_whole(source: Path, target: Path) -> Iterator[Path]:
    """Yield the folder to work in; it becomes `target` at the end, or is removed at an error.

    Raises:
        WrongFile: a tensor of `source` is missing, or a file can't be read or written.
    """
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        yield part
    except KeyError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise WrongFile(f"{source} has no tensor {error}.", FETCH_AGAIN) from error
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        raise WrongFile(f"{source} can't be converted: {error.strerror}.", FETCH_AGAIN) from error
    except (ValueError, WrongFile):
        shutil.rmtree(part, ignore_errors=True)
        raise
    shutil.rmtree(target, ignore_errors=True)
    part.rename(target)


def write_model(
    weights: Weights,
    shape: Shape,
    config: Mapping[str, Any],
    source: Path,
    part: Path,
    quantization: str,
) -> None:
    """Write the encoder and the tokenizer of `source` into the folder `part`.

    `weights` go by the names of BERT, without a prefix.
    """
    spec = _build_spec(weights, shape)
    tokens = _name_tokens(source / "tokenizer.json", int(config["vocab_size"]))
    spec.register_vocabulary(tokens)
    spec.config.unk_token = next((name for name in UNKNOWN if name in tokens), tokens[0])
    spec.config.layer_norm_epsilon = shape.epsilon
    spec.validate()
    spec.optimize(quantization=None if quantization == "float32" else quantization)
    spec.save(str(part))
    shutil.copy(source / "tokenizer.json", part / "tokenizer.json")


def _name_tokens(path: Path, rows: int) -> list[str]:
    """The name of every row; texts are given as ids, so a row without a name gets any."""
    from tokenizers import Tokenizer

    if not path.is_file():
        raise WrongFile(f"{path} is missing.", FETCH_AGAIN)
    try:
        vocabulary = Tokenizer.from_file(str(path)).get_vocab(with_added_tokens=True)
    except Exception as error:  # tokenizers raises bare Exception
        raise WrongFile(f"{path} can't be read: {error}.", FETCH_AGAIN) from error
    tokens = [f"<extra_id_{row}>" for row in range(rows)]
    for name, row in vocabulary.items():
        if row < rows:
            tokens[row] = name
    return tokens


def _build_spec(weights: Weights, shape: Shape) -> Any:
    """Lay the tensors of BERT into the places CTranslate2 has for them (no pooler)."""
    from ctranslate2.specs import common_spec, transformer_spec

    encoder = transformer_spec.TransformerEncoderSpec(
        shape.layers,
        shape.heads,
        pre_norm=False,
        activation=common_spec.Activation[ACTIVATIONS[shape.activation]],
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    encoder.scale_embeddings = False
    encoder.embeddings[0].weight = weights["embeddings.word_embeddings.weight"]
    encoder.embeddings[1].weight = weights["embeddings.token_type_embeddings.weight"]
    encoder.position_encodings.encodings = weights["embeddings.position_embeddings.weight"]
    _set_norm(encoder.layernorm_embedding, weights, "embeddings.LayerNorm")
    for number, layer in enumerate(encoder.layer):
        _set_layer(layer, weights, f"encoder.layer.{number}")
    return transformer_spec.TransformerEncoderModelSpec(encoder, pooling_layer=False)


def _set_layer(layer: Any, weights: Weights, name: str) -> None:
    parts = [f"{name}.attention.self.{kind}" for kind in ("query", "key", "value")]
    fused = layer.self_attention.linear[0]
    fused.weight = np.concatenate([weights[f"{part}.weight"] for part in parts])
    fused.bias = np.concatenate([weights[f"{part}.bias"] for part in parts])
    _set_linear(layer.self_attention.linear[1], weights, f"{name}.attention.output.dense")
    _set_norm(layer.self_attention.layer_norm, weights, f"{name}.attention.output.LayerNorm")
    _set_linear(layer.ffn.linear_0, weights, f"{name}.intermediate.dense")
    _set_linear(layer.ffn.linear_1, weights, f"{name}.output.dense")
    _set_norm(layer.ffn.layer_norm, weights, f"{name}.output.LayerNorm")


def _set_linear(spec: Any, weights: Weights, name: str) -> None:
    spec.weight = weights[f"{name}.weight"]
    spec.bias = weights[f"{name}.bias"]


def _set_norm(spec: Any, weights: Weights, name: str) -> None:
    spec.gamma = weights[f"{name}.weight"]
    spec.beta = weights[f"{name}.bias"]


def _read_shape(config: Mapping[str, Any], source: Path) -> Shape:
    """Read the sizes and refuse what is not a plain BERT encoder."""
    kind = config.get("model_type")
    positions = config.get("position_embedding_type", "absolute")
    activation = str(config.get("hidden_act"))
    if kind != "bert" or positions != "absolute" or activation not in ACTIVATIONS:
        raise WrongFile(
            f"{source} is not a BERT encoder that can be converted (type '{kind}', "
            f"positions '{positions}', activation '{activation}').",
            "Choose an embedding model of type bert.",
        )
    return Shape(
        layers=int(config["num_hidden_layers"]),
        heads=int(config["num_attention_heads"]),
        activation=activation,
        epsilon=float(config["layer_norm_eps"]),
    )


def _read_manner(source: Path, manner: Manner | None) -> Manner:
    """The manner that was given, or that of the source; two that differ are refused."""
    path = source / "1_Pooling" / "config.json"
    if not path.is_file():
        return manner or Manner()
    found = read_json(path)
    first = bool(found.get("pooling_mode_cls_token"))
    if first == bool(found.get("pooling_mode_mean_tokens")):
        raise WrongFile(f"{path} asks for a pooling that is not known.", "Choose another model.")
    pooling = "first" if first else "mean"
    if manner is not None and manner.pooling != pooling:
        raise WrongFile(
            f"{source} takes the pooling '{pooling}', the catalogue says '{manner.pooling}'.",
            "Correct the entry in models/catalogue.toml.",
        )
    return manner or Manner(pooling)


def _describe(
    source: Path, config: Mapping[str, Any], manner: Manner, quantization: str
) -> dict[str, Any]:
    import ctranslate2

    limits = source / "sentence_bert_config.json"
    longest = int(config["max_position_embeddings"])
    if limits.is_file():
        longest = min(longest, int(read_json(limits)["max_seq_length"]))
    return {
        "source_sha256": digest(source / "model.safetensors"),
        "ctranslate2": ctranslate2.__version__,
        "quantization": quantization,
        "max_tokens": longest,
        "dimension": int(config["hidden_size"]),
        **asdict(manner),
    }


def read_json(path: Path) -> Any:
    """Return what a JSON file holds; raises WrongFile."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WrongFile(f"{path} is missing.", FETCH_AGAIN) from error
    except ValueError as error:
        raise WrongFile(f"{path} is not JSON: {error}.", FETCH_AGAIN) from error
