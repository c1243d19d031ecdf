"""Public keys of machine clients: with the private one a system proves itself, and no secret ever crosses a wire."""
