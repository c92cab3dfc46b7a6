"""The engine of waypath: from cluster objects to the path of every ingress route, and why it is so."""
