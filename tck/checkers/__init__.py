"""Pure functions from a history to a finding: no clock, no input or output, no randomness."""
