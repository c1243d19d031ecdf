"""Training: owns courses, sessions, attendance, the hours ledger, supervisors, training bases and internship sites.

It never keeps a person's name or ID number: people are the registry's, known here by their id and by the small
record that the registry's feed gives. Nothing is recorded yet but the feeds that others will follow.
"""
