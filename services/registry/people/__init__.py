"""People, their certificates and their registrations. In this slice they come by import and are read here."""
