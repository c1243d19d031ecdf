"""Coverage: what the services' dated facts add up to, for any division on any day.

Owns the fold (facts into curves), its copy of the divisions, the policy packs with their dated targets, and every
answer made of these: coverage, indicators, series, targets, explanations. It never decides what a fact is, never asks
a service while it answers, and keeps no personal data: a subject is a name such as `person:<uuid>`, nothing more.
"""
