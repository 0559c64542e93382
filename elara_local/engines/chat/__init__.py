"""Engines that write or pick the words of an answer."""
