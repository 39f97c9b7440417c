"""Sign-in at OIDC providers: authorization code with PKCE, state and nonce; what an id token must say; back-channel logout.

Who an account belongs to is kept here (``officer_link``), and so are roles: a provider says who somebody is, never what
he may do.
"""
