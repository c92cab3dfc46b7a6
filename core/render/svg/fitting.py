"""Text that fits, whichever of the usual fonts draws it."""

from unicodedata import combining, east_asian_width

_NARROW = frozenset(" !'\"(),-./:;I[\\]`fijlrt|")
_WIDE = frozenset("mW@%")
_BROAD = frozenset("Mw#<>=+~^")


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """An upper bound of the width of `text`, whichever of the usual fonts draws it."""
    return sum(map(_em, text)) * size * (1.13 if bold else 1)


def _em(char: str) -> float:
    if char in _NARROW:
        return 0.44
    if char in _WIDE:
        return 1.03
    if char in _BROAD:
        return 0.86
    if char.isascii():
        return 0.8 if char.isupper() or char == "&" else 0.65
    if combining(char):
        return 0
    return 1.4 if east_asian_width(char) in "WF" else 1.1


def fitted(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """`text` as far as it fits, with an ellipsis in its middle, since names differ at their ends."""
    if text_width(text, size, bold=bold) <= width:
        return text
    least, most = 0, len(text)
    while least < most:
        kept = (least + most + 1) // 2
        if text_width(_shortened(text, kept), size, bold=bold) <= width:
            least = kept
        else:
            most = kept - 1
    return _shortened(text, least)


def _shortened(text: str, kept: int) -> str:
    head = -(-kept * 3 // 5)
    return f"{text[:head]}…{text[len(text) - (kept - head) :]}"
