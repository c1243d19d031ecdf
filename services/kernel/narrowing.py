"""Whether the application narrows what it asks to the asker's divisions. Always; only the tests that prove that
PostgreSQL's policies alone hold (row_security) turn it off, and nothing else may.
"""

on = True
