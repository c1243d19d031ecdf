"""Projects: what is bought by whom from whom."""
