"""Weights: reading checkpoints and adapters, planning a GGUF file, writing it in one pass."""
