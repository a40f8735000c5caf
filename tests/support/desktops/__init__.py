"""The desktops of macOS and Windows: C that stands in for them, and windows on real ones."""
