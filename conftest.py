pytest_plugins = ["tck.plugin"]
