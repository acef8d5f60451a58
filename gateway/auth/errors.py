"""The ways a request for a token, or a token, can be wrong, in OAuth 2's own words."""

from __future__ import annotations


class OAuthError(Exception):
    """A refused token request (RFC 6749 section 5.2).

    Attributes
    ----------
    error : str
        ``invalid_request``, ``invalid_client``, ``invalid_grant``, ``invalid_scope`` or
        ``unsupported_grant_type``.
    description : str
        For the developer of the client; nothing secret, no content.
    """

    def __init__(self, error: str, description: str) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description = error, description

    @property
    def status(self) -> int:
        """HTTP status: 401 where the client could not be authenticated, else 400."""
        return 401 if self.error == "invalid_client" else 400


class BadTokenError(Exception):
    """An access token that does not hold (RFC 6750 ``invalid_token``): 401."""
