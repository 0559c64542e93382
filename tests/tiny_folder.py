"""The tiny llama of tests/tiny_gguf.py as a Hugging Face folder, with and without an adapter.

Written with transformers and tokenizers alone: what it says is the reference that a converted
file is held to.
"""

import numpy as np
import pytest

from tests.tiny_gguf import HEADS, MARKERS, TEMPLATE, WORDS, name_tokens

PARTS = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}
WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output.weight": "lm_head.weight",
    "output_norm.weight": "model.norm.weight",
}


def name_huggingface(name):
    """The name of a GGUF tensor in Hugging Face's llama."""
    if name in WHOLE:
        return WHOLE[name]
    _, number, part, _ = name.split(".")
    return f"model.layers.{number}.{PARTS[part]}.weight"


def turn_back(array):
    """Rows of q and k as Hugging Face orders them (llama.cpp pairs neighbours)."""
    rows = array.shape[0]
    return array.reshape(HEADS, rows // HEADS // 2, 2, -1).swapaxes(1, 2).reshape(array.shape)


def turn(array):
    """Rows of q and k as llama.cpp orders them."""
    rows = array.shape[0]
    return array.reshape(HEADS, 2, rows // HEADS // 2, -1).swapaxes(1, 2).reshape(array.shape)


def write_folder(folder, weights, template=TEMPLATE):
    """Write the model and its tokenizer."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    hidden = weights["output_norm.weight"].shape[0]
    config = transformers.LlamaConfig(
        vocab_size=WORDS,
        hidden_size=hidden,
        intermediate_size=2 * hidden,
        num_hidden_layers=1 + max(int(n.split(".")[1]) for n in weights if n.startswith("blk.")),
        num_attention_heads=HEADS,
        max_position_embeddings=512,
        rms_norm_eps=1e-6,
        bos_token_id=0,
        eos_token_id=0,
    )
    model = transformers.LlamaForCausalLM(config)
    state = {
        name_huggingface(name): torch.from_numpy(
            np.ascontiguousarray(turn_back(a) if ".attn_q" in name or ".attn_k" in name else a)
        )
        for name, a in weights.items()
    }
    model.load_state_dict(state)
    model.save_pretrained(folder)
    write_tokenizer(folder, template)
    return folder


def write_tokenizer(folder, template=TEMPLATE):
    """Write a tokenizer of bytes with one merge, as tests/tiny_gguf.py has it."""
    import tokenizers
    import transformers

    vocabulary = {word: number for number, word in enumerate(name_tokens())}
    whole = tokenizers.Tokenizer(tokenizers.models.BPE(vocabulary, [("Ġ", "f")]))
    whole.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = tokenizers.decoders.ByteLevel()
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=whole,
        bos_token="<|end|>",
        eos_token=MARKERS[1],
        additional_special_tokens=[MARKERS[0]],
    )
    fast.chat_template = template
    fast.save_pretrained(folder)


def write_adapter(folder, base, strength=0.05, seed=3, rank=4):
    """Write a PEFT adapter of random weights for the base; return it and the merged weights."""
    peft = pytest.importorskip("peft")
    import torch
    import transformers

    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    targets = [part.rpartition(".")[2] for part in PARTS.values() if part.endswith("proj")]
    wrapped = peft.get_peft_model(
        model, peft.LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=targets)
    )
    torch.manual_seed(seed)
    for name, parameter in wrapped.named_parameters():
        if "lora_" in name:
            torch.nn.init.normal_(parameter, std=strength)
    wrapped.save_pretrained(folder)
    state = wrapped.merge_and_unload().state_dict()
    return folder, {name: tensor.numpy() for name, tensor in state.items()}


def gather(state, names):
    """Weights of a Hugging Face model by their GGUF names, in llama.cpp's order."""
    found = {}
    for name in names:
        array = state[name_huggingface(name)]
        found[name] = turn(array) if ".attn_q" in name or ".attn_k" in name else array
    return found
