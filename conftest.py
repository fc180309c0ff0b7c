"""Hands over to the plugin."""

pytest_plugins = ["tck.plugin"]
