"""How colleagues work together: saved replies and views, approvals, mentions, notices and digest, shifts, the audit page."""
