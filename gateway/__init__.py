"""The only door: who asks and what for, what the services' facts add up to, and everything else passed through.

`identity` owns accounts, sessions, grants and machine clients; `coverage` owns the fold of dated facts; `door` owns no
data and passes requests on. The gateway never keeps a record about social work and never decides about one.
"""
