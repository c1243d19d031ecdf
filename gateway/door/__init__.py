"""The door: passes a request on to the service that owns the record, and shows all addresses as one API.

It authenticates, strips, limits and streams; it never reads a body, decides about a record, or keeps anything.
"""
