"""Engines that turn texts into unit vectors."""
