"""Evaluation suites: figures that can be made again with one command each."""
