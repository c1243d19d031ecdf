"""A person's standing: class hours by year, and the rules held against them."""
