"""Requests of data subjects, as tickets with a deadline; erasure, or restriction while the law keeps (PI-06, PI-07)."""
