"""The list of grounds on which a registration is refused or ended (REG-17)."""
