"""The roster of service points."""
