"""Pages of the set-up: the guide, the staff, a list of staff, invitations, and the organisation's look."""
