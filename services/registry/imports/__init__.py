"""Imports of rosters from Excel: the whole file or nothing, and a sentence for whatever is wrong with it."""
