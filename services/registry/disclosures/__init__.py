"""Exports with personal data in clear: asked for, approved by somebody else, marked, fetched once (PI-13, A08)."""
