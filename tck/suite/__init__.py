"""The conformance tests, a file for each chapter or type of the specification."""
