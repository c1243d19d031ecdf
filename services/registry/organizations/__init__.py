"""Organizations: who employs people and who runs service points."""
