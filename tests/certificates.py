"""Certificates for tests of TLS: an authority, and what it issues, in files and in contexts."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Authority:
    """An authority: its certificate is `pem`, and what it issues lies beside it."""

    def __init__(self, folder: Path, name: str = "authority") -> None:
        self._folder = folder
        self._name = x509.Name.from_rfc4514_string(f"CN={name}")
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.pem = folder / f"{name}.pem"
        own = self._builder(self._name, self._key).add_extension(
            x509.BasicConstraints(ca=True, path_length=None), critical=True
        )
        self.pem.write_bytes(_pem(own.sign(self._key, hashes.SHA256())))

    def issue(self, file: str, subject: str | x509.Name, hosts: Sequence[str] = ()) -> Path:
        """Return a file with a new private key and its certificate."""
        key = ec.generate_private_key(ec.SECP256R1())
        if isinstance(subject, str):
            subject = x509.Name.from_rfc4514_string(subject)
        builder = self._builder(subject, key)
        if hosts:
            names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
            builder = builder.add_extension(names, critical=not subject)
        path = self._folder / f"{file}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        path.write_bytes(private + _pem(builder.sign(self._key, hashes.SHA256())))
        return path

    def server(self, file: Path) -> ssl.SSLContext:
        """Return what a server is given that takes this authority's clients alone."""
        return self._context(ssl.PROTOCOL_TLS_SERVER, file)

    def client(self, file: Path | None) -> ssl.SSLContext:
        """Return what a client is given; without a file it shows no certificate."""
        return self._context(ssl.PROTOCOL_TLS_CLIENT, file)

    def _context(self, side: int, file: Path | None) -> ssl.SSLContext:
        context = ssl.SSLContext(side)
        context.load_verify_locations(self.pem)
        context.verify_mode = ssl.CERT_REQUIRED
        if file is not None:
            context.load_cert_chain(file)
        return context

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(file: Path) -> bytes:
    """Return the certificate of a file as it goes over the wire."""
    found = x509.load_pem_x509_certificate(file.read_bytes())
    return found.public_bytes(serialization.Encoding.DER)
