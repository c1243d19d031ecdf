"""Who attended which day of a session, for how many minutes, and whether it counts."""
