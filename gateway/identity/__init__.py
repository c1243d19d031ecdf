"""Identity: accounts, passwords, sessions, grants, machine clients, and the one policy file that says who may do what.

Turns a Bearer token into an `Actor` with permissions in code ranges; services know no roles. It never decides about a
record, and knows of divisions only their codes (names and zones are read from the coverage copy, which may be absent).
Not built yet: pages for clients and mappings; keys of clients that two register.
"""
