"""Procurement: owns budgets, projects from need to final evaluation, contracts, payments, costing and project staff.

It never keeps a person's name or ID number, and it never decides who is qualified: that is read from the registry's
feed. Nothing is recorded yet but the feeds that others will follow.
"""
