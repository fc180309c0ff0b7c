"""The tests of the kit itself; nothing imports it."""
