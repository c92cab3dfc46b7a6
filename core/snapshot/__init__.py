"""A snapshot: what was read of a source as one small file, which any command takes as a source.

The file is a gzipped kubectl `List`. Its first item, of kind `Snapshot`, tells what the objects can't: the problems that
were met, and the kinds that could not be read. The objects follow in the order in which they were read, with those
fields that decide anything here (`core.snapshot.pruning`), and under other names where that is asked for
(`core.snapshot.anonymous`).
"""

from core.snapshot.writing import written

__all__ = ["written"]
