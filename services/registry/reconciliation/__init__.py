"""The register beside the national system's: its status exports, how they differ, and what is decided about that."""
