"""Two records of one person: found, looked at side by side, merged, taken apart again; former names, rare characters.

That two may be the same is found by triggers (migrations/registry/0012), whoever writes a person by whatever way.
"""
