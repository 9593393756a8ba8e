"""Every write about asking colleagues: asking, answering, letters, telling."""

from torget.experts.actions.answering import answer, decline
from torget.experts.actions.asking import Question, ask, resend, revoke, use
from torget.experts.actions.letters import send_letters
from torget.experts.actions.telling import choose, tell
from torget.experts.actions.timing import remind
from torget.experts.actions.whom import Whom, whom

__all__ = [
    "Question",
    "Whom",
    "answer",
    "ask",
    "choose",
    "decline",
    "remind",
    "resend",
    "revoke",
    "send_letters",
    "tell",
    "use",
    "whom",
]
