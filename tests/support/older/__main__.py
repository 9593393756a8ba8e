"""Record a data folder of an earlier version: `python -m tests.support.older COMMIT`. Needs that commit in the history."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from pathlib import Path

from tests.support.older import HERE

ROOT = HERE.parents[2]
WROTE = """SELECT v.text FROM register_recordversion v JOIN conversations_message m ON m.record_id = v.record_id
JOIN conversations_receipt r ON r.conversation_id = m.conversation_id WHERE r.secret_hash = ? ORDER BY m.id LIMIT 1"""
COUNTED = ("conversations_message", "register_record", "register_case", "journal_entry", "organisations_user")


def told(home: Path, address: str) -> dict[str, object]:
    """What is to be found again: counts, the journal's head, a receipt and what its resident wrote."""
    secret = address.rstrip("/").rpartition("/")[2]
    with closing(sqlite3.connect(home / "torget.sqlite3")) as database:
        counts = {name: database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in COUNTED}
        entries, root = database.execute(
            "SELECT size, root FROM journal_checkpoint ORDER BY size DESC LIMIT 1"
        ).fetchone()
        digest = hashlib.sha256(secret.encode()).hexdigest()
        text = database.execute(WROTE, [digest]).fetchone()[0]
        changes = database.execute("SELECT count(*) FROM django_migrations").fetchone()[0]
    return {
        "counts": counts, "entries": entries, "root": bytes(root).hex(), "receipt": f"/kvitto/{secret}/",
        "text": text, "changes": changes,
    }  # fmt: skip


def main() -> None:
    """Lay the commit out, let it make a small town, pack the folder beside this file."""
    commit = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        source, out = Path(scratch, "source"), Path(scratch, "out")
        home = out / "home"
        source.mkdir()
        home.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(["tar", "x", "-C", str(source)], input=archive, check=True)
        keep = {key: value for key, value in os.environ.items() if not key.startswith(("TORGET_", "DJANGO_"))}
        environment = {**keep, "TORGET_HOME": str(home), "PYTHONPATH": str(source)}

        def torget(*arguments: str) -> str:
            done = subprocess.run(
                [sys.executable, "-m", "torget", *arguments],
                cwd=home, env=environment, capture_output=True, text=True, check=True,
            )  # fmt: skip
            return done.stdout

        said = torget("demo", "--messages", "12")
        found = told(home, re.findall(r"http://\S+/kvitto/\S+", said)[0])
        if re.search(r"^ +backup ", torget("--help"), re.MULTILINE):
            torget("backup", "--make-key", str(out / "nyckel.txt"))
            torget("backup", str(out / "kopia.torget"))
        with closing(sqlite3.connect(home / "torget.sqlite3")) as database:
            # One file alone, with what its log held.
            database.execute("PRAGMA journal_mode=DELETE")
        shutil.rmtree(home / "utgaende-post", ignore_errors=True)
        (out / "told.json").write_text(json.dumps(found, indent=1))
        with tarfile.open(HERE / f"{commit}.tar.xz", "w:xz", preset=9) as tar:
            for path in sorted(out.rglob("*")):
                tar.add(path, path.relative_to(out), recursive=False)
    print(f"{HERE / commit}.tar.xz: {(HERE / f'{commit}.tar.xz').stat().st_size} bytes")


if __name__ == "__main__":
    main()
