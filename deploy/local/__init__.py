"""Everything on one machine, made from nothing by `make run`: PostgreSQL, keys, databases, and all processes.

All it makes lies under `var/` (moved by SHEGONG_VAR), with one exception written down in `place.py`.
"""
