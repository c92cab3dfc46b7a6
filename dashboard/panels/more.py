"""What shows more of a long list, so that none is cut without a word."""

from dashboard.markup import Node, h


def more_button(name: str, shown: int, rest: int, step: int) -> Node | None:
    """A button for the next rows of a list; None where all of it is shown.

    Args:
        name: Of the list on the desk.
        shown: How many rows of it there are now.
        rest: How many there are beyond these.
        step: How many a click adds.
    """
    if rest <= 0:
        return None
    word = f"Show {rest:,} more" if rest <= step else f"Show {step:,} of {rest:,} more"
    return h("p", h("button", word, type="button", act=["more", name, shown + step]), key=f"more {name}")
