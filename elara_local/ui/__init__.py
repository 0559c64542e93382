"""The window: a Gradio page on 127.0.0.1 behind a guard."""
