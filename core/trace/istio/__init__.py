"""Requests through Istio's own Gateways: servers, virtual hosts, and the rules of VirtualServices as they are written."""
