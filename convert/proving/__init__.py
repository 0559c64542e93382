"""Proving that what was made says the same as what it was made from."""
