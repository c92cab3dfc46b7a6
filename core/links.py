"""Text as one word that may stand in an address: compressed, in characters that need no escape."""

import base64
import zlib

VERSION = "1"
"""The first character of a word; another one means a form that this version does not know."""


def pack(text: str) -> str:
    """`text` as a word. Lone surrogates, which UTF-8 can't hold, come back as they were."""
    data = zlib.compress(text.encode("utf-8", "surrogatepass"), 9)
    return VERSION + base64.urlsafe_b64encode(data).decode().rstrip("=")


def unpack(word: str, *, longest: int, limit: int) -> bytes:
    """What is in a word that `pack` made, as UTF-8; empty where it is none.

    Args:
        word: From an address, so it may be anything.
        longest: Characters that the word may have.
        limit: Bytes that it may unpack to.
    """
    if len(word) > longest or not word.startswith(VERSION):
        return b""
    padded = word[1:] + "=" * (-(len(word) - 1) % 4)
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.b64decode(padded.encode("ascii"), b"-_", validate=True), limit)
    except (ValueError, zlib.error):
        return b""
    return data if unpacker.eof else b""
