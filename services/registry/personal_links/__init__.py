"""Links by which an applicant without an account sees her application: made here, handed over, opened with a code."""
