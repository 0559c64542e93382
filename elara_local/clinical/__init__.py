"""Doses and scores by code: pure functions with their sources. No model, no index, no face."""
