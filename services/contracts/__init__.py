"""What the services say to the world: request, answer and event types, division codes, metrics, facts. Data only."""
