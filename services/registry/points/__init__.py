"""Service points of the four tiers, and who works there from when to when."""
