"""The audit: what is wrong with the ingress paths of a cluster, each with the object at fault and a remedy.

`codes.CODES` is the table of all findings; `run.audit` looks for them.
"""
