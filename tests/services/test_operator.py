"""What an operator is given: the handbook followed on a clean machine, units, proxies and the container's file."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import follow
from tests.architecture import source

DEPLOY = source.ROOT / "deploy"
HANDBOOK = "docs/operate/run-for-real.md"
# Followed on the machine that the handbook has made.
THEN = ["docs/operate/backup.md"]


def _followed(*options: str) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/follow.py", HANDBOOK, *THEN, *options],
        cwd=source.ROOT, capture_output=True, text=True, timeout=1800, check=False,
    )  # fmt: skip
    if done.returncode == 3:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-4000:]
    assert "blocks followed" in done.stdout


@pytest.mark.services
def test_the_handbook_holds_on_a_clean_machine() -> None:
    _followed("--quick")


@pytest.mark.services
@pytest.mark.drill
def test_the_handbook_holds_with_the_download() -> None:
    _followed()


def test_the_blocks_of_a_document_are_read_in_order() -> None:
    text = (
        'Text\n\n<!-- follow as=root expect="a b" -->\n    one\n\n    two\n\nMore\n\n    not followed\n\n'
        "<!-- follow write=/x -->\n    y\n"
    )
    first, second = follow.steps(text)
    assert (first.text, first.options) == ("one\n\ntwo\n", {"as": "root", "expect": "a b"})
    assert (second.text, second.options, second.line) == ("y\n", {"write": "/x"}, 13)
    with pytest.raises(ValueError, match="no block"):
        list(follow.steps("<!-- follow as=root -->\nNo block\n"))


def test_every_command_of_the_handbook_is_followed_or_names_a_secret() -> None:
    text = source.text(source.ROOT / HANDBOOK)
    followed = {line.strip() for step in follow.steps(text) for line in step.text.splitlines()}
    blocks = {line.strip() for line in re.findall(r"^ {4,}(\S.*)$", text, re.MULTILINE)}
    left = {line for line in blocks - followed if not re.match(r"(TORGET_MAIL_|DATABASE_URL=)", line)}
    assert not left, "mark the block with <!-- follow … -->: what nobody runs grows old"


UNITS = ["torget.service", "torget-worker.service", "torget-web@.service", "torget-worker@.service"]


@pytest.mark.services
@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_units(unit: str, tmp_path: Path) -> None:
    verify = shutil.which("systemd-analyze")
    assert verify, "systemd-analyze is missing: as root, apt-get install -y systemd"
    # The program lies where the handbook puts it, which is not here.
    text = (DEPLOY / unit).read_text().replace("/srv/torget/venv/bin/torget", "/bin/true")
    (tmp_path / unit).write_text(text)
    done = subprocess.run([verify, "verify", str(tmp_path / unit)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    said = subprocess.run(
        [verify, "security", "--offline=true", str(tmp_path / unit)], capture_output=True, text=True, check=False
    )
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
    assert exposure and float(exposure[1]) < 3.0, said.stdout[-600:]


@pytest.mark.parametrize("unit", UNITS)
def test_the_units_are_hard(unit: str) -> None:
    lines = set((DEPLOY / unit).read_text().splitlines())
    wanted = {
        "NoNewPrivileges=true", "ProtectSystem=strict", "StateDirectory=torget", "StateDirectoryMode=0700", "UMask=0077",
        "Restart=on-failure", "RestartPreventExitStatus=2", "User=torget", "CapabilityBoundingSet=", "Type=notify",
    }  # fmt: skip
    assert wanted <= lines
    assert any(line.startswith("MemoryMax=") for line in lines)
    assert ("WatchdogSec=60" in lines) == ("worker" not in unit)


@pytest.mark.services
def test_nginx_takes_the_example(tmp_path: Path) -> None:
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    assert nginx, "nginx is missing: as root, apt-get install -y nginx-light"
    for name, arguments in (("key.pem", ["-keyout"]), ("full.pem", ["-out"])):
        arguments.append(str(tmp_path / name))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=torget.example.se",
         "-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "full.pem")],
        capture_output=True, check=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text()
    text = re.sub(r"/etc/letsencrypt\S+fullchain\.pem", str(tmp_path / "full.pem"), text)
    text = re.sub(r"/etc/letsencrypt\S+privkey\.pem", str(tmp_path / "key.pem"), text)
    text = re.sub(r"listen (\[::\]:)?(443|80)\b", lambda found: f"listen {found[1] or ''}1{found[2].zfill(4)}", text)
    many = (DEPLOY / "nginx-many.conf").read_text() + text.replace("http://127.0.0.1:8000", "http://torget")
    assert many.count("proxy_pass http://torget;") == 2
    for example in (text, many):
        whole = tmp_path / "nginx.conf"
        whole.write_text(f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n{example}\n}}\n")
        done = subprocess.run(
            [nginx, "-t", "-c", str(whole), "-p", str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_the_proxies_pass_on_what_torget_needs_and_log_no_address() -> None:
    nginx, caddy = (DEPLOY / "nginx.conf").read_text(), (DEPLOY / "Caddyfile").read_text()
    for line in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {line};" in nginx
    assert nginx.count("access_log off;") == nginx.count("server {") == 2
    assert re.search(r"strom/\$ \{[^}]*proxy_buffering off;", nginx) and "flush_interval -1" in caddy
    assert "client_max_body_size 200m;" in nginx and "max_size 200MB" in caddy
    # The headers that a page needs are Torget's own, in one place.
    assert "add_header" not in nginx and "\tlog" not in caddy


def test_the_containers_file_is_as_it_should_be() -> None:
    """A linter of our own: there is no engine here to build it with."""
    text = re.sub(r"\\\n\s*", "", (DEPLOY / "Containerfile").read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages = [line for line in lines if line.startswith("FROM ")]
    assert stages == ["FROM ${BASE} AS build", "FROM ${BASE}"], "no registry is named; the operator gives the image"
    last = lines[lines.index("FROM ${BASE}") :]
    words = [line.split()[0] for line in last]
    assert words.index("USER") > words.index("RUN") and last[words.index("USER")] == "USER torget"
    assert not any("root" in line for line in last[words.index("USER") :])
    assert "HEALTHCHECK" in words and "/halsa/lever/" in text and "--require-hashes" in text
    assert not re.search(r"ADD |curl|wget|:latest|TORGET_MAIL_PASSWORD|secret", text)
    for copied in re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE):
        for name in copied.split():
            assert (source.ROOT / name).exists(), f"{name} is copied and not here"
    assert all(line.split()[0] in {"ARG", "FROM", "WORKDIR", "COPY", "RUN", "ENV", "USER", "VOLUME", "STOPSIGNAL",
                                   "HEALTHCHECK", "ENTRYPOINT", "CMD"} for line in lines if not line.startswith(" "))  # fmt: skip


def test_the_example_of_settings_names_real_ones() -> None:
    from torget.core.doctor.environment import SETTINGS

    named = re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "torget.env.example").read_text(), re.MULTILINE)
    assert set(named) <= set(SETTINGS) and len(named) > 8
