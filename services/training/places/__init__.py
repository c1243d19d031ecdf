"""Training bases and internship sites: application, approval, agreement."""
