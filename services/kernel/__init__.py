"""Shared technique without any domain: a service about something quite different would want it too."""
