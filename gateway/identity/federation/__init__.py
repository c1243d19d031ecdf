"""Sign-in at the government's identity provider: OpenID Connect, authorization code with PKCE, state and nonce."""
