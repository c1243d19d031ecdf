"""The registry: owns divisions and their history, people, certificates, registrations, organizations, service points
and who works there, and the import of their rosters.

It never says how many or how much: it publishes dated facts and others count. It decides on nobody's registration yet,
it records what the national system has decided (0.8). Personal data is encrypted, masked in every answer, and absent
from what it publishes.
"""
