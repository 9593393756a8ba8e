"""The organisation, its authorities, staff and roles, closed days, unit costs, and the public list of official accounts."""
