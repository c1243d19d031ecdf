"""The history of a record in words: who did what when, and what each field said before and after, masked."""
