"""Accounts, from the machine itself: the way back in when the provider is gone."""

import argparse

from torget.commands.table import Commands


def add(commands: Commands) -> None:
    """The command about log-in."""
    command = commands.add_parser("passwords", help="låt lösenord öppna igen, när leverantören inte svarar")
    command.set_defaults(do=passwords)


def passwords(arguments: argparse.Namespace) -> int:
    """Turn log-in by password on again."""
    from torget.accounts import actions

    if actions.passwords_on():
        print(
            "Det går att logga in med lösenord igen. Stäng av det på sidan Konton och inloggning när leverantören fungerar."
        )
    else:
        print("Det gick redan att logga in med lösenord.")
    return 0
