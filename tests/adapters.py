"""PEFT adapters on tiny models, and the logits of llama.cpp with an adapter in force."""

import ctypes

import numpy as np

from tests.tiny_models import TOKENS

MOST = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TARGETS = {
    "Phi3": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
    "GPT2": ["c_attn", "c_proj", "c_fc"],
}


def train_adapter(model, folder, family="Llama", seed=1, **settings):
    """Save an adapter with random factors; the model with it in force comes back."""
    import torch
    from peft import LoraConfig, get_peft_model

    settings = {"r": 4, "lora_alpha": 12, "target_modules": TARGETS.get(family, MOST)} | settings
    config = LoraConfig(task_type="CAUSAL_LM", fan_in_fan_out=family == "GPT2", **settings)
    wrapped = get_peft_model(model, config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in wrapped.named_parameters():
            if "lora_" in name:
                weight.copy_(0.1 * torch.randn(weight.shape, generator=generator))
    wrapped.save_pretrained(folder, save_embedding_layers=False)
    return wrapped


def read_with_adapter(path, adapter, tokens=TOKENS):
    """The logits of a base with an adapter: (tokens, vocabulary), float32 keys and values."""
    import llama_cpp

    llm = llama_cpp.Llama(
        str(path), n_ctx=128, logits_all=True, type_k=0, type_v=0, n_threads=1, verbose=False
    )
    pointer = llama_cpp.llama_adapter_lora_init(llm._model.model, str(adapter).encode())
    assert pointer, "llama.cpp refuses the adapter"
    pointers = (llama_cpp.llama_adapter_lora_p_ctypes * 1)(pointer)
    scales = (ctypes.c_float * 1)(1.0)
    assert llama_cpp.llama_set_adapters_lora(llm._ctx.ctx, pointers, 1, scales) == 0
    llm.eval(tokens)
    logits = np.array(llm.scores[: len(tokens)], np.float32)
    llm.close()
    return logits
