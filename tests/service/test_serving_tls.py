"""`worklog serve` with a certificate of its own, as a real process."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import trustme

PASSWORD = "four calm words here"
WORKLOG = Path(sys.executable).with_name("worklog")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def pair(authority: trustme.CA, tmp_path: Path) -> tuple[Path, Path]:
    issued = authority.issue_cert("127.0.0.1")
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(chain), append=number > 0)
    issued.private_key_pem.write_to_path(str(key))
    return chain, key


def refused(tmp_path: Path, *options: str | Path) -> str:
    done = subprocess.run(
        [WORKLOG, "serve", "--port", "0", "--data", tmp_path / "service", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 50, done.stderr
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.split())


def test_somebody_logs_in_over_https_with_a_cookie_that_only_this_host_can_set(
    authority: trustme.CA, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    process = subprocess.Popen(
        [
            *(WORKLOG, "serve", "--port", "0", "--data", tmp_path / "service"),
            *("--certificate", pair[0], "--key", pair[1]),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    try:
        lines = [process.stdout.readline() for _ in range(3)]
        found = re.search(r"answers on (https://127\.0\.0\.1:\d+)", lines[0])
        assert found, lines
        assert lines[2].strip().startswith(f"{found[1]}/setup?code=")
        with httpx.Client(
            base_url=found[1], verify=context, headers={"Origin": found[1]}, timeout=30
        ) as web:
            fields = {"name": "olga", "display": "", "password": PASSWORD, "organisation": ""}
            assert web.post(lines[2].strip(), data=fields).status_code == 303
            web.cookies.clear()
            answer = web.post("/login", data={"name": "olga", "password": PASSWORD})

            cookie = answer.headers["Set-Cookie"]
            assert cookie.startswith("__Host-worklog=")
            assert "Secure" in cookie
            assert "HttpOnly" in cookie
            assert web.get("/devices").status_code == 200
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_certificate_that_cannot_be_used_is_said_before_anything_is_opened(
    authority: trustme.CA, pair: tuple[Path, Path], tmp_path: Path
) -> None:
    other = tmp_path / "other.pem"
    authority.issue_cert("127.0.0.1").private_key_pem.write_to_path(str(other))

    assert "--key is missing" in refused(tmp_path, "--certificate", pair[0])
    assert "--certificate is missing" in refused(tmp_path, "--key", pair[1])
    assert "do not belong together" in refused(tmp_path, "--certificate", pair[0], "--key", other)
    assert "No such file" in refused(tmp_path, "--certificate", pair[0], "--key", tmp_path / "no")
    assert "address of a service" in refused(tmp_path, "--url", "ftp://diary.example")
    assert "address of a service" in refused(tmp_path, "--url", "https://diary.example/folder")
    assert not (tmp_path / "service").exists()
