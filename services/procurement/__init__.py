"""Procurement: owns projects, contracts, project staff and payments; budgets, tenders and costing are still to come.

It never keeps a person's name or ID number, and it never decides who is qualified: that is read from the registry's
feed.
"""
