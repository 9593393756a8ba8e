"""The one exception by which an action says no."""


class Refused(Exception):
    """An action that cannot be done; `code` is stable English snake case, the words for it live with the pages."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code if not detail else f"{code}: {detail}")
        self.code = code
        self.detail = detail
