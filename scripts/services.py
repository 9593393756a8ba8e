"""PostgreSQL and a mail server for a developer: `make services` starts both, shows the mails that come, and Ctrl-C ends both."""

import signal
import sys
import threading
from types import FrameType

from tests.support.postgres import Cluster
from tests.support.smtp import SMTPServer


def main() -> int:
    """Run until Ctrl-C or SIGTERM. What they hold goes with them: nothing is left running and nothing is left behind."""

    stop = threading.Event()

    # Set and not raised: a second signal on the way out (make passes its own on) must not cut the way out short.
    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    with Cluster() as cluster, SMTPServer() as smtp:
        print("Set in the shell where you work:\n")
        print(f"  export DATABASE_URL={cluster.create('torget')}")
        print(f"  export TORGET_MAIL_HOST={smtp.host} TORGET_MAIL_PORT={smtp.port}\n")
        print("Mails are shown here. Ctrl-C ends both servers.", flush=True)
        shown = 0
        while not stop.wait(0.2):
            for mail in smtp.mails[shown:]:
                message = mail.message
                print(f"\n{mail.sender} > {', '.join(mail.recipients)}: {message['subject']}")
                body = message.get_body(("plain", "html"))
                print(body.get_content() if body else "(no text)", flush=True)
                shown += 1
    print("ended")
    return 0


if __name__ == "__main__":
    sys.exit(main())
