"""Data as they are: an answer with a Binary in, one with its octets and their media type out.

https://hl7.org/fhir/R4/binary.html#rest. Whoever asks for FHIR, or for anything, gets the resource;
whoever asks for the type that the data have gets the data. What a sender calls by no proper media
type leaves as a resource alone: the name becomes a header.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import replace

import orjson

from gateway.api.requests import FHIR
from gateway.disclosure.door import Answer

_WORD = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_MEDIA_TYPE = re.compile(rf'({_WORD}/{_WORD})(?: ?; ?{_WORD}=(?:{_WORD}|"[ -!#-\[\]-~]*"))*')
# No browser is to guess another type, or to run what a document holds.
_SAFE = {"x-content-type-options": "nosniff", "content-security-policy": "sandbox"}


def native(answer: Answer, accepted: Iterable[str]) -> Answer:
    """Return a Binary as it was asked for.

    Parameters
    ----------
    answer : Answer
        The resource.
    accepted : iterable of str
        The media types of ``Accept``, in lower case; the first that fits decides.
    """
    others = []
    for one in accepted:
        if one in FHIR:
            break
        others.append(one)
    if not others:
        return answer
    binary = orjson.loads(answer.body)
    named = _MEDIA_TYPE.fullmatch(binary["contentType"])
    if named is None:
        return answer
    type_ = named[1].lower()
    if type_ not in others and f"{type_.partition('/')[0]}/*" not in others:
        return answer
    headers = {**_SAFE, "content-type": named[0]}
    return replace(answer, body=b64decode(binary["data"]), headers=headers)
