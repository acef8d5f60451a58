"""Who asks: OAuth 2 client credentials with private_key_jwt (SMART Backend Services)."""
