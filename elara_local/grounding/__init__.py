"""The grounding check: is a drafted sentence what its cited passage says, to the number?"""
