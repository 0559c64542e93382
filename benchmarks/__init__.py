"""Measurements, each against a plain reference in the same run."""
