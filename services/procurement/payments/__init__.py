"""Payments: requested by the buyer, approved by the payer."""
