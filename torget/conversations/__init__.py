"""The heart: raw events, accounts with their cursors, messages in, answers out, the outbox, contexts and receipts."""
