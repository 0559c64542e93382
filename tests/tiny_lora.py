"""PEFT adapters of random weights for the tiny models of tests/tiny_models.py."""

import json

import numpy as np

LLAMA_TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
TARGETS = {
    "Phi3": ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
    "GPT2": ["c_attn", "c_proj", "c_fc"],
}


def put_on(model, family, folder, **settings):
    """Put a random adapter on the model and save it; the PEFT model comes back."""
    import torch
    from peft import LoraConfig, get_peft_model

    settings = {"r": 4, "lora_alpha": 8} | settings
    settings.setdefault("target_modules", TARGETS.get(family, LLAMA_TARGETS))
    wrapped = get_peft_model(model, LoraConfig(task_type="CAUSAL_LM", **settings)).eval()
    generator = torch.Generator().manual_seed(5)
    for name, parameter in wrapped.named_parameters():
        if "lora_" in name:
            parameter.data = 0.2 * torch.randn(parameter.shape, generator=generator)
    wrapped.save_pretrained(folder)
    return wrapped


def write_adapter(folder, factors, changes=(), **settings):
    """Write an adapter without PEFT: module -> (A, B), float32, and extra tensors."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {}
    for module, (one, other) in factors.items():
        tensors[f"base_model.model.{module}.lora_A.weight"] = np.ascontiguousarray(one)
        tensors[f"base_model.model.{module}.lora_B.weight"] = np.ascontiguousarray(other)
    save_file(tensors | dict(changes), folder / "adapter_model.safetensors")
    config = {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "bias": "none"} | settings
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder
