"""A certificate in, the names it is known by out; and an operator's spelling of such a name.

Both ends of a secure connection prove who they are by certificates (IHE ATNA, ITI TF-2 3.19, node
authentication), and a gateway lists whom it takes for what. A name is one of

- ``sha256:`` and the fingerprint of the whole certificate, in lower-case digits;
- ``dns:`` and a host of its subjectAltName (RFC 5280 section 4.2.1.6), in lower case;
- ``subject:`` and its subject as RFC 4514 writes it, ``subject:CN=lis,O=TJH01``.

A name is one line that `name_of` takes: a subject with control characters, or with a common name of
more than 64 octets, is none.
"""

from hashlib import sha256

from cryptography import x509
from cryptography.x509.oid import NameOID

__all__ = ["fingerprint", "name_of", "names_of"]

_FINGERPRINT, _HOST, _SUBJECT = "sha256:", "dns:", "subject:"
_DIGITS = frozenset("0123456789abcdef")
_EMAIL = {"emailAddress": NameOID.EMAIL_ADDRESS}  # as OpenSSL writes it
_ODD = (
    ValueError,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def fingerprint(certificate: bytes) -> str:
    """Return the name that a certificate (DER) shares with no other."""
    return _FINGERPRINT + sha256(certificate).hexdigest()


def names_of(certificate: bytes) -> frozenset[str]:
    """Return the names of a certificate (DER) that was verified; of an odd one, its fingerprint."""
    own = fingerprint(certificate)
    try:
        read = x509.load_der_x509_certificate(certificate)
        names = [_SUBJECT + read.subject.rfc4514_string()] if read.subject else []
        for extension in read.extensions:
            if isinstance(extension.value, x509.SubjectAlternativeName):
                hosts = extension.value.get_values_for_type(x509.DNSName)
                names += [_HOST + host.lower() for host in hosts]
    except _ODD:
        return frozenset({own})
    return frozenset({own, *filter(_is_name, names)})


def name_of(written: str) -> str:
    """Return a name that an operator wrote as `names_of` has it.

    Raises
    ------
    ValueError
        It is none; the text says how one looks.
    """
    kind, colon, value = written.strip().partition(":")
    kind = kind.lower() + colon
    if kind == _FINGERPRINT:
        digits = value.replace(":", "").replace(" ", "").lower()
        if len(digits) == 64 and _DIGITS.issuperset(digits):
            return kind + digits
    elif kind == _HOST:
        if value and value.isascii() and value.isprintable() and " " not in value:
            return kind + value.lower()
    elif kind == _SUBJECT and value and value.isprintable():
        try:
            subject = x509.Name.from_rfc4514_string(value, _EMAIL)
        except ValueError:
            subject = None
        if subject:
            return kind + subject.rfc4514_string()
    raise ValueError(
        f"{written!r} names no certificate: sha256: and 64 digits, dns: and a host, "
        "or subject: and a name such as CN=lis,O=TJH01"
    )


def _is_name(found: str) -> bool:
    try:
        return name_of(found) == found
    except ValueError:
        return False
