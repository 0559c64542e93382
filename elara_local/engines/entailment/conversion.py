"""Makes an entailment model for CTranslate2 out of a sentence-pair classifier.

The source is a Hugging Face folder of the BERT, RoBERTa (MiniLM too) or DistilBERT kind with
three labels: entailment, neutral, contradiction, in the order that its config.json gives; the
order differs from model to model. The encoder becomes CTranslate2's, the head two matrices.
What is not known here: whether the model judges well, and where models are kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from elara_local.engines.embedding.conversion import (
    ACTIVATIONS,
    CARD,
    Shape,
    made_whole,
    read_json,
    write_model,
)
from elara_local.engines.embedding.tensors import read_tensors
from elara_local.errors import WrongFile
from elara_local.weights import digest

HEAD = "head.npz"
CHOOSE = "Choose an NLI cross-encoder of type bert, roberta or distilbert with three labels."
OUTCOMES = ("entail", "neutral", "contradict")  # how the names of the labels begin
DISTIL = (
    (r"^transformer\.layer\.(\d+)\.attention\.q_lin", r"encoder.layer.\1.attention.self.query"),
    (r"^transformer\.layer\.(\d+)\.attention\.k_lin", r"encoder.layer.\1.attention.self.key"),
    (r"^transformer\.layer\.(\d+)\.attention\.v_lin", r"encoder.layer.\1.attention.self.value"),
    (r"^transformer\.layer\.(\d+)\.attention\.out_lin", r"encoder.layer.\1.attention.output.dense"),
    (r"^transformer\.layer\.(\d+)\.sa_layer_norm", r"encoder.layer.\1.attention.output.LayerNorm"),
    (r"^transformer\.layer\.(\d+)\.ffn\.lin1", r"encoder.layer.\1.intermediate.dense"),
    (r"^transformer\.layer\.(\d+)\.ffn\.lin2", r"encoder.layer.\1.output.dense"),
    (r"^transformer\.layer\.(\d+)\.output_layer_norm", r"encoder.layer.\1.output.LayerNorm"),
)
# Per kind: the two layers of the head and what stands between them.
HEADS = {
    "bert": ("pooler.dense", "classifier", "tanh"),
    "roberta": ("classifier.dense", "classifier.out_proj", "tanh"),
    "distilbert": ("pre_classifier", "classifier", "relu"),
}

Weights = Mapping[str, NDArray[np.float32]]


def convert_classifier(source: Path, target: Path, quantization: str = "int8") -> None:
    """Write the entailment model of the folder `source` into the folder `target`.

    Beside the encoder lie head.npz (float32) and elara.json: the sha256 of the source, the
    longest pair in tokens, the activation of the head, and the place of each outcome.

    Raises:
        WrongFile: `source` is not such a classifier, lacks a file or a tensor, or its labels
            are not named.
    """
    config = read_json(source / "config.json")
    kind, order = _read_kind(config, source), _read_order(config, source)
    shape = _read_shape(config, kind, source)
    weights = _named_as_bert(read_tensors(source / "model.safetensors"), kind)
    dense, last, activation = HEADS[kind]
    with made_whole(source, target) as part:
        if kind == "roberta":  # its first rows belong to the padding
            first = int(config.get("pad_token_id", 1)) + 1
            weights[POSITIONS] = weights[POSITIONS][first:]
        weights.setdefault(TYPES, np.zeros((1, shape_of(weights)[1]), dtype=np.float32))
        head = {f"{name}_{end}": weights[f"{layer}.{end}"]
                for name, layer in (("dense", dense), ("last", last))
                for end in ("weight", "bias")}  # fmt: skip
        if head["last_weight"].shape[0] != len(OUTCOMES):
            raise WrongFile(f"{source} does not judge in three labels.", CHOOSE)
        write_model(weights, shape, config, source, part, quantization)
        np.savez(part / HEAD, **head)  # type: ignore[arg-type]
        card = {
            "source_sha256": digest(source / "model.safetensors"),
            "quantization": quantization,
            "max_tokens": len(weights[POSITIONS]),
            "typed": len(weights[TYPES]) > 1,
            "activation": activation,
            "order": order,
        }
        (part / CARD).write_text(json.dumps(card, indent=2) + "\n", "utf-8")


POSITIONS = "embeddings.position_embeddings.weight"
TYPES = "embeddings.token_type_embeddings.weight"


def shape_of(weights: Weights) -> tuple[int, ...]:
    """Rows and columns of the word embeddings; raises KeyError."""
    shape: tuple[int, ...] = weights["embeddings.word_embeddings.weight"].shape
    return shape


def _named_as_bert(weights: Weights, kind: str) -> dict[str, NDArray[np.float32]]:
    named = {}
    for name, tensor in weights.items():
        plain = name.removeprefix(f"{kind}.")
        for read, put in DISTIL if kind == "distilbert" else ():
            plain = re.sub(read, put, plain)
        named[plain] = tensor
    return named


def _read_kind(config: Mapping[str, Any], source: Path) -> str:
    kind = str(config.get("model_type"))
    made_for = str(next(iter(config.get("architectures") or ()), ""))
    if kind not in HEADS or not made_for.endswith("ForSequenceClassification"):
        raise WrongFile(
            f"{source} is not a classifier of sentence pairs that can be converted (type "
            f"'{kind}', made for '{made_for}').",
            CHOOSE,
        )
    return kind


def _read_order(config: Mapping[str, Any], source: Path) -> list[int]:
    """The places of entailment, neutral and contradiction among the labels."""
    labels = {int(n): str(name).casefold() for n, name in (config.get("id2label") or {}).items()}
    places = [[n for n, name in labels.items() if name.startswith(o)] for o in OUTCOMES]
    if len(labels) != len(OUTCOMES) or any(len(found) != 1 for found in places):
        raise WrongFile(
            f"{source / 'config.json'} names the labels {', '.join(labels.values()) or 'not'}; "
            "which of them is entailment can't be known.",
            CHOOSE,
        )
    return [found[0] for found in places]


def _read_shape(config: Mapping[str, Any], kind: str, source: Path) -> Shape:
    distil = kind == "distilbert"
    activation = str(config.get("activation" if distil else "hidden_act"))
    positions = config.get("position_embedding_type", "absolute")
    if activation not in ACTIVATIONS or positions != "absolute":
        raise WrongFile(
            f"{source} can't be converted (positions '{positions}', activation '{activation}').",
            CHOOSE,
        )
    return Shape(
        layers=int(config["n_layers" if distil else "num_hidden_layers"]),
        heads=int(config["n_heads" if distil else "num_attention_heads"]),
        activation=activation,
        epsilon=1e-12 if distil else float(config["layer_norm_eps"]),
    )
