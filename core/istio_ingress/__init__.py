"""Istio's own ingress API: `networking.istio.io` Gateways and VirtualServices, and where they lead."""
