"""Coordination: owns the records of services delivered, and the measures of the policy as a ledger.

It never computes a number: indicators are the gateway's.
"""
