"""Records of services delivered: where, when, what, for how many, by whom. What keeps a unit served (COV-06)."""
