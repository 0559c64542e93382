"""The chat engines: one that quotes, one that writes with llama.cpp."""
