"""What a certificate is called, and how an operator may write it."""

from __future__ import annotations

from hashlib import sha256

import pytest
from certificates import Authority, der
from cryptography import x509
from cryptography.x509.oid import NameOID

from adapters.mllp.certificates import fingerprint, name_of, names_of

DIGITS = "0a" * 32


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


def test_a_certificate_is_known_by_fingerprint_subject_and_hosts(authority: Authority) -> None:
    octets = der(
        authority.issue("lis", r"CN=lis\, 2,O=天津测试医院", ["LIS.tjh01.example", "b.example"])
    )
    assert names_of(octets) == {
        f"sha256:{sha256(octets).hexdigest()}",
        r"subject:CN=lis\, 2,O=天津测试医院",
        "dns:lis.tjh01.example",
        "dns:b.example",
    }


def test_what_a_certificate_lacks_is_no_name(authority: Authority) -> None:
    nameless = der(authority.issue("nameless", "", ["a.example"]))
    assert names_of(nameless) == {fingerprint(nameless), "dns:a.example"}
    plain = der(authority.issue("plain", "CN=plain"))
    assert names_of(plain) == {fingerprint(plain), "subject:CN=plain"}


def test_no_certificate_can_say_two_names_in_one(authority: Authority) -> None:
    forged = der(authority.issue("forged", "CN=x\ndns:lis.example"))
    assert names_of(forged) == {fingerprint(forged)}


@pytest.mark.filterwarnings("ignore:Attribute's length must be")
def test_a_subject_that_nobody_could_register_is_no_name(authority: Authority) -> None:
    long = der(authority.issue("long", x509.Name([_attribute("天" * 22)]), ["a.example"]))
    assert names_of(long) == {fingerprint(long), "dns:a.example"}


def _attribute(value: str) -> x509.NameAttribute[str]:
    return x509.NameAttribute(NameOID.COMMON_NAME, value, _validate=False)


def test_an_odd_certificate_has_its_fingerprint_alone() -> None:
    assert names_of(b"\x30\x03abc") == {fingerprint(b"\x30\x03abc")}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (f"sha256:{DIGITS}", f"sha256:{DIGITS}"),
        (f"SHA256:{':'.join(['0A'] * 32)}", f"sha256:{DIGITS}"),
        (" dns:LIS.Example ", "dns:lis.example"),
        ("subject:CN=lis,O=TJH01", "subject:CN=lis,O=TJH01"),
        (r"subject:CN=\E5\A4\A9\E6\B4\A5", "subject:CN=天津"),
        ("subject:emailAddress=a@b.example", "subject:1.2.840.113549.1.9.1=a@b.example"),
    ],
)
def test_how_an_operator_may_write_a_name(written: str, name: str) -> None:
    assert name_of(written) == name
    assert name_of(name) == name


@pytest.mark.parametrize(
    "written",
    [
        "", "lis", "CN=lis", "sha256:", f"sha256:{DIGITS}0", f"sha256:{'0g' * 32}", "sha1:00",
        "dns:", "dns:a b", "dns:天津.example", "subject:", "subject:lis", "subject:CN=a\nb",
    ],
)  # fmt: skip
def test_what_is_no_name(written: str) -> None:
    with pytest.raises(ValueError, match="names no certificate"):
        name_of(written)


def test_what_a_certificate_is_called_is_what_an_operator_writes(authority: Authority) -> None:
    subject = r"1.2.840.113549.1.9.1=a@b.example,CN=\#lis\+,OU=a+L=b,C=CN"
    for name in names_of(der(authority.issue("odd", subject, ["a.example"]))):
        assert name_of(name) == name
