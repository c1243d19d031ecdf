"""Sessions of training, and the days on which each is held."""
