"""Contracts: for how long, for how much, for which service points."""
