"""Registration of certificates: applications from draft to certificate, the terms they make, and how those end."""
