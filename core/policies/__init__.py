"""Policies: where each one really acts, and what that means for every path.

`view.PolicyView` answers both for a resolution; `reading` makes rows of policies as they are written.
"""
