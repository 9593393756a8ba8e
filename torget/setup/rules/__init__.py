"""Policy of the set-up: colours that can be read, the steps of the guide, a list of staff as a file."""
