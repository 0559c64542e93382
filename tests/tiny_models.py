"""Tiny models with random weights, saved as their makers save them, and their logits.

Every norm and bias is moved away from 0 and 1 and every weight is large enough that a step left
out of a conversion shows. Nothing is fetched.
"""

from contextlib import contextmanager
from functools import cache

import numpy as np

VOCAB = 320
SIZES = {
    "vocab_size": VOCAB,
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}
GPT2_SIZES = {
    "vocab_size": VOCAB,
    "n_embd": 64,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GEMMA = {"head_dim": 32, "tie_word_embeddings": True}
OWN = {  # what each family has of its own
    "Llama": {"attention_bias": True, "mlp_bias": True},
    "Mistral": {"head_dim": 32, "sliding_window": None},
    "Qwen2": {"tie_word_embeddings": True},
    "Qwen3": {"head_dim": 32},
    "Gemma": GEMMA,
    "Gemma2": GEMMA
    | {
        "query_pre_attn_scalar": 32,
        "sliding_window": 16,
        "attn_logit_softcapping": 5.0,
        "final_logit_softcapping": 3.0,
    },
    "Gemma3": GEMMA
    | {
        "query_pre_attn_scalar": 32,
        "sliding_window": 16,
        "layer_types": ["sliding_attention", "full_attention"],
    },
    "Phi3": {},
    "GPT2": {},
}
TOKENS = tuple(int(n) for n in np.random.default_rng(7).integers(3, VOCAB, 48))


@cache
def train_tokenizer():
    """A byte-level BPE tokenizer of at most VOCAB tokens, as JSON."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB,
        special_tokens=["<pad>", "<s>", "</s>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["a child of 12 kg has a fever of 39 degrees"] * 9, trainer)
    return tokenizer.to_str()


def make_config(family, **changes):
    """The configuration of a tiny model of a family, such as "Llama"."""
    import transformers

    sizes = GPT2_SIZES if family == "GPT2" else SIZES
    kind = {"Gemma3": "Gemma3TextConfig"}.get(family, f"{family}Config")
    return getattr(transformers, kind)(**(sizes | OWN[family] | changes))


@contextmanager
def one_thread():
    """Let torch compute in one thread: in tiny matrices others only wait, and loudly."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@one_thread()
def save_model(folder, family, *, size="5GB", **changes):
    """Save a tiny model and its tokenizer in a folder; the model comes back."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_config(
        make_config(family, **changes), attn_implementation="eager"
    ).eval()
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for weight in model.parameters():
            noise = torch.randn(weight.shape, generator=generator)
            if weight.dim() == 1:
                weight.add_(0.3 * noise)
            else:
                weight.copy_(0.15 * noise)
    model.save_pretrained(folder, max_shard_size=size)
    save_tokenizer(folder)
    return model


def save_tokenizer(folder):
    """Put the small tokenizer into a folder."""
    import json

    (folder / "tokenizer.json").write_text(train_tokenizer(), encoding="utf-8")
    told = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": "<s>",
        "eos_token": "</s>",
        "pad_token": "<pad>",
        "add_bos_token": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(told), encoding="utf-8")


@one_thread()
def read_reference(model, tokens=TOKENS):
    """The logits of transformers: (tokens, vocabulary), float32."""
    import torch

    with torch.no_grad():
        return model(torch.tensor([tokens])).logits[0].float().numpy()


def read_gguf(path, tokens=TOKENS, context=128):
    """The logits of llama.cpp with float32 keys and values: (tokens, vocabulary)."""
    from llama_cpp import Llama

    llm = Llama(
        str(path),
        n_ctx=context,
        logits_all=True,
        type_k=0,
        type_v=0,
        n_threads=1,
        n_threads_batch=1,
        verbose=False,
    )
    llm.eval(tokens)
    logits = np.array(llm.scores[: len(tokens)], np.float32)
    llm.close()
    return logits


def compare(found, reference):
    """The error over the variance (NMSE), and the share of equal top tokens."""
    error = float(np.mean((found - reference) ** 2) / np.var(reference))
    return error, float(np.mean(found.argmax(-1) == reference.argmax(-1)))
