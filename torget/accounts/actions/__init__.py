"""Every write about accounts and log-in."""

from torget.accounts.actions.arriving import arrive
from torget.accounts.actions.auditing import follow, forget_addresses, note
from torget.accounts.actions.handshakes import (
    begin,
    finish,
    keep_arrived,
    redirect_address,
    sweep_handshakes,
    take_arrived,
)
from torget.accounts.actions.handshakes import party as party_of
from torget.accounts.actions.identifying import (
    ask_identity,
    give_identity,
    read_number,
    settle_restored,
    withdraw_identity,
)
from torget.accounts.actions.letters import ask_for_cases, find_letter, open_cases, say_not_me, send_letters
from torget.accounts.actions.providing import (
    change_policy,
    change_provider,
    change_rules,
    passwords_on,
    test_provider,
)
from torget.accounts.actions.sessions import (
    begin_session,
    end_all,
    end_one,
    end_others,
    note_device,
    sweep_sessions,
    touch,
)

__all__ = [
    "arrive", "ask_for_cases", "ask_identity", "begin", "begin_session", "change_policy", "change_provider",
    "change_rules", "end_all", "end_one", "end_others", "find_letter", "finish", "follow", "forget_addresses",
    "give_identity", "keep_arrived", "note", "note_device", "open_cases", "party_of", "passwords_on", "read_number",
    "redirect_address", "say_not_me", "send_letters", "settle_restored", "sweep_handshakes", "sweep_sessions",
    "take_arrived", "test_provider", "touch", "withdraw_identity",
]  # fmt: skip
