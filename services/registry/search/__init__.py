"""Looking for somebody by a document's number, counted and recorded; searches that an official keeps for herself."""
