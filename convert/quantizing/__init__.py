"""llama.cpp's quantizer: its kinds, its process, what it says beforehand, what matters to it."""
