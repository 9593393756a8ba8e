"""Start a program that serves pages, ask it for some, end it, and say what it answered: `python probing.py < ORDER`.

An order is JSON on standard input: `command`, `environment`, `folder`, `port`, `paths`. Standard library only, so that any Python
can run it in a place without a network, where whoever ordered it is not.
"""

import http.client
import json
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ELSEWHERE = ("192.0.2.1", 80)
"""An address that nobody has (RFC 5737): with no way out, the system says so at once."""


def ask(port: int, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> dict[str, Any]:
    """One request: status, headers, body (as text)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        said = answer.read()
        return {"status": answer.status, "headers": dict(answer.getheaders()), "body": said.decode("utf-8", "replace")}
    finally:
        connection.close()


def reached() -> str:
    """Why nothing outside can be reached, or "" when something may be."""
    try:
        socket.create_connection(ELSEWHERE, timeout=0.5).close()
    except TimeoutError:
        return ""
    except OSError as error:
        return str(error)
    return ""


def resident_kb(process: int) -> int:
    """What a process holds in memory, in kilobytes."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    return int(found[1]) if found else 0


def main() -> None:
    """Do the order; a path may also be a pattern to find in an answer before it: `["/", "href=(\\S+)"]`."""
    order = json.load(sys.stdin)
    port = int(order["port"])
    said: dict[str, Any] = {"network": reached(), "answers": {}, "kb": 0, "log": ""}
    log = Path(order["folder"], "probe.log")
    with log.open("wb") as file:
        process = subprocess.Popen(
            order["command"], cwd=order["folder"], env=order["environment"], stdin=subprocess.DEVNULL,
            stdout=file, stderr=file,
        )  # fmt: skip
    try:
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 240:
            try:
                if ask(port, "/halsa/lever/")["status"] < 500:
                    break
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
        said["seconds"] = time.monotonic() - began
        for path in order["paths"]:
            if isinstance(path, list):
                page, pattern = path
                found = re.search(pattern, said["answers"][page]["body"])
                path = found[1] if found else "/finns-inte"
            said["answers"][path] = ask(port, path)
        for form in order.get("forms", []):
            headers = {
                "Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{port}",
                "Sec-Fetch-Site": "same-origin",
            }  # fmt: skip
            said["answers"][f"POST {form['path']}"] = ask(port, form["path"], "POST", form["body"].encode(), **headers)
        said["kb"] = resident_kb(process.pid)
    except OSError as error:
        said["failed"] = str(error)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    said["log"] = log.read_text(errors="replace")[-4000:]
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
