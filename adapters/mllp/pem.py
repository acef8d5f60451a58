"""PEM files and a TLS context in; the context shows and trusts what they hold, or a file is named.

OpenSSL says neither which of two files is wrong nor, in words, why; and of a key that is locked it
asks the terminal for a passphrase, which a service has none to ask.
"""

import ssl
from pathlib import Path

__all__ = ["PemError", "show", "trust"]


class PemError(ValueError):
    """A file is missing, or is not what it should be; the text names it and says why."""


def show(context: ssl.SSLContext, certificate: Path, key: Path | None) -> None:
    """Have a context prove itself by a certificate chain; its key may be in the same file.

    Raises
    ------
    PemError
        A file cannot be read, is no PEM file, is locked, or the key is another certificate's.
    """
    holder = key or certificate
    for path in (certificate, holder):
        _readable(path)
    locked = False

    def password() -> bytes:
        nonlocal locked
        locked = True
        return b""

    try:
        context.load_cert_chain(certificate, holder, password)
    except ssl.SSLError as fault:
        if locked:
            raise PemError(f"{holder}: the key is locked with a passphrase") from None
        if fault.reason == "KEY_VALUES_MISMATCH":
            raise PemError(f"{holder}: the key is not the one of {certificate}") from None
        _trusted(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), certificate)
        raise PemError(f"{holder}: no private key in PEM") from None


def trust(context: ssl.SSLContext, authorities: Path) -> None:
    """Have a context take the certificates that these authorities have issued.

    Raises
    ------
    PemError
        The file cannot be read, or holds no certificate.
    """
    _readable(authorities)
    _trusted(context, authorities)


def _trusted(context: ssl.SSLContext, file: Path) -> None:
    try:
        context.load_verify_locations(file)
    except ssl.SSLError:
        raise PemError(f"{file}: no certificate in PEM") from None


def _readable(path: Path) -> None:
    try:
        path.open("rb").close()
    except OSError as fault:
        raise PemError(f"{path}: {fault.strerror}") from None
