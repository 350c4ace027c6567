"""Sidecars on several hosts as one pool, asked by clients that know every byte."""
