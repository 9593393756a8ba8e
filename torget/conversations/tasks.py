"""The worker's entry to conversations."""

from torget.conversations.actions import note_gaps, parse_waiting, send_waiting, wake_snoozed
from torget.conversations.actions.fetching import runners

run_accounts = runners.sweep
stop_accounts = runners.stop

__all__ = ["note_gaps", "parse_waiting", "run_accounts", "send_waiting", "stop_accounts", "wake_snoozed"]
