"""Accounts and grants administered by three kinds of administrators who stay apart (SEC-05, SEC-06)."""
