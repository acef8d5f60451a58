"""Functions that no sample shows, and why."""

from __future__ import annotations

from collections.abc import Mapping

#: Functions that no message with one segment of a kind can show, and why.
UNSHOWN: Mapping[str, str] = {
    "begin_samples()": "its effect is on the samples that follow it",
    "define_channels()": "its effect is on the samples that follow it",
    "claimed()": "its effect is references between resources of one message",
    "concluded()": "its effect is on the report that a result is of",
    "in_group()": "its effect is a reference between two results of one report",
    "left_out()": "it makes nothing",
    "new_order()": "its effect is on what is known of an order",
    "replaced()": "its effect is a reference between two orders of one message",
    "taken_out()": "its effect is on what is known of a resource",
}
