"""convert/: train, merge and quantize adapters. Nothing here yet."""
