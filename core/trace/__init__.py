"""One request through an ingress Gateway: the listener, the route rule, its filters and the backends that it reaches."""
