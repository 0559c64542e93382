"""Engines: one class in one file for each way to fulfil a port."""
