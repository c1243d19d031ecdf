"""Staff: who works on a project, and whether they are qualified."""
