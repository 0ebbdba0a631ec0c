"""Millions of hostile payloads for every way into a gateway."""
