"""The list of exam results: candidates with their papers, one row for each year and level."""
