"""Divisions: the tree of the four tiers, with zones beside it. Read by every official, changed by the seed alone."""
