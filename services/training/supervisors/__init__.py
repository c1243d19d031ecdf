"""Supervisors: nomination, appointment, term."""
