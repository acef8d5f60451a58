"""The text of a message in, what its MSH segment says out, however little of it there is.

For acknowledgements and for choosing a way in; what a message means is read elsewhere.

Follows HL7 v2.5.1 section 2.15.9 (MSH).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["DEFAULT_SEPARATORS", "DEFAULT_VERSION", "Header", "read_header"]

DEFAULT_SEPARATORS = "|^~\\&"
DEFAULT_VERSION = "2.5"

_LONGEST_HEADER = 8192


@dataclass(frozen=True, slots=True)
class Header:
    """The MSH segment of a received message, as far as it goes.

    Attributes
    ----------
    separators : str
        MSH-1 and MSH-2: field, component, repetition, escape and subcomponent separator, and the
        truncation character where there is one.
    fields : tuple of str
        MSH-1 onwards as received; ``fields[n - 1]`` is MSH-n.
    """

    separators: str
    fields: tuple[str, ...]

    def __getitem__(self, number: int) -> str:
        """Give MSH-`number` as received, empty if it is absent."""
        return self.fields[number - 1] if number <= len(self.fields) else ""

    def component(self, number: int, component: int = 1) -> str:
        """Give a component of the first repetition of MSH-`number`."""
        first = self[number].split(self.separators[2])[0]
        parts = first.split(self.separators[1])
        return parts[component - 1].strip() if component <= len(parts) else ""

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self[10].strip()

    @property
    def version(self) -> tuple[int, ...]:
        """MSH-12 as numbers; 2.5 if it is absent or no version."""
        return _numbers(self.component(12))


@lru_cache(maxsize=64)
def _numbers(version: str) -> tuple[int, ...]:
    if not re.fullmatch(r"\d+(\.\d+)*", version, re.ASCII):
        version = DEFAULT_VERSION
    return tuple(int(part) for part in version.split(".")[:4])


def read_header(text: str) -> Header | None:
    """Read the header of a message, whole or broken.

    Parameters
    ----------
    text : str
        The message, or as much of it as came.

    Returns
    -------
    Header or None
        None if it does not begin with MSH and a separator.
    """
    line = re.split("[\r\n]", text[:_LONGEST_HEADER].lstrip("\ufeff\r\n\t "), maxsplit=1)[0]
    line = line.replace("\x0b", "").replace("\x1c", "")  # an answer is framed by these
    if len(line) < 4 or line[:3].upper() != "MSH" or not _may_separate(line[3]):
        return None
    fields = line[3:].split(line[3])
    encoding = fields[1]
    separators = line[3] + encoding
    if (
        not 3 <= len(encoding) <= 5
        or len(set(separators)) < len(separators)
        or not all(map(_may_separate, separators))
    ):
        # Without separators of its own the message is read, and answered, by the usual ones.
        separators = line[3] + "".join(c for c in DEFAULT_SEPARATORS[1:] if c != line[3])
    return Header(separators, (line[3], *fields[1:]))


def _may_separate(character: str) -> bool:
    return character.isascii() and character.isprintable() and not character.isalnum()
