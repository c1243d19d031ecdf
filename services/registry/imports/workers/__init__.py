"""The roster of certified workers: people, their certificates, registrations and assignments."""
