"""Training adapters: examples, batches, the run, its card."""
