"""Second factors of people: the authenticator (TOTP), recovery codes, stepping up, browsers known by a token."""
