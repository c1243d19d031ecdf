"""Exams: results, their pass rates, and the pass of the senior exam, which is no certificate (CERT-02 to CERT-04)."""
