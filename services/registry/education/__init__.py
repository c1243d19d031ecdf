"""Hours of continuing education as training tells of them, and how a renewal stands by them (REG-11, CE-02)."""
