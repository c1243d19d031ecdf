"""Notices of how personal data is processed: versioned, dated, and who has seen which (PI-01, PI-03)."""
