"""The installation's keys as configured: settings in, `Keys` out."""

from __future__ import annotations

from gateway.keys.envelope import Algorithm
from gateway.keys.errors import KeyringError
from gateway.keys.keys import Keys
from gateway.keys.provider import KekProvider
from gateway.sections import KeysSettings
from gateway.settings import Settings

_ALGORITHMS = {"aes-256-gcm": Algorithm.AES_256_GCM, "sm4-gcm": Algorithm.SM4_GCM}


def open_keys(settings: Settings) -> Keys:
    """Open the keys that settings name, made where there are none yet.

    Raises
    ------
    KeyringError
        The files, or the token, cannot be used.
    """
    configured = settings.keys
    algorithm = _ALGORITHMS[configured.algorithm]
    return Keys(configured.directory, _provider(configured), algorithm)


def _provider(configured: KeysSettings) -> KekProvider | None:
    """Return the HSM's keyring; None is the file's."""
    library, token, pin = configured.library, configured.token, configured.pin
    if configured.provider == "file" or library is None or token is None or pin is None:
        return None
    try:
        from gateway.keys.hsm import HsmKeyring
    except ImportError:
        raise KeyringError("the provider pkcs11 needs the extra `hsm`: yiqiao[hsm]") from None
    return HsmKeyring(library, token, pin.get_secret_value())
