"""Coordination: owns the measures of the policy as a ledger, duties, reviews, committees, standards and events.

It never computes a number: indicators are the gateway's. Nothing is recorded yet but the feeds that others will follow.
"""
