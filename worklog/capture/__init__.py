"""Adapters to this machine: screen, input, windows, presence and notifications."""
