"""The review desk: where each application waits, who has it before them, and reasons kept as templates."""
