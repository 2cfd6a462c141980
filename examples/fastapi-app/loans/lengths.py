"""Lengths of time, as definitions write them."""

from __future__ import annotations

import re

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
SHORT = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
ISO = re.compile(
    r"P(?:(?P<w>[\d.]+)W)?(?:(?P<d>[\d.]+)D)?(?:T(?:(?P<h>[\d.]+)H)?(?:(?P<m>[\d.]+)M)?(?:(?P<s>[\d.]+)S)?)?"
)


def seconds(text: str) -> float:
    """The seconds of `500ms`, `30s`, `1h30m`, `2d`, `PT30S`, `P2D`.

    Raises:
        ValueError: it is no length of time.
    """
    if text.startswith("P"):
        found = ISO.fullmatch(text)
        if found and any(found.groups()):
            factors = {**UNITS, "w": 7 * UNITS["d"]}
            return sum(float(value) * factors[unit] for unit, value in found.groupdict().items() if value)
    elif text and not SHORT.sub("", text):
        return sum(float(value) * UNITS[unit] for value, unit in SHORT.findall(text))
    raise ValueError(f"`{text}` is no length of time")
