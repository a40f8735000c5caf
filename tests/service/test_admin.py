"""`worklog admin`, on the database of a service that may run meanwhile."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.service.conftest import Backend
from tests.service.people import Visit, somebody
from worklog.service.scope import SYSTEM
from worklog.service.service import Service


def admin(backend: Backend, *words: str) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, **backend.environ}
    if backend.settings.database:
        environ["WORKLOG_SERVICE_DATABASE"] = backend.settings.database
    return subprocess.run(
        [
            Path(sys.executable).with_name("worklog"),
            "admin",
            *words,
            "--data",
            str(backend.settings.data),
        ],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )


def told(backend: Backend, *words: str) -> dict[str, Any]:
    answer = admin(backend, *words, "--json")
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)["data"]
    assert isinstance(found, dict)
    return found


def test_accounts_are_listed_closed_and_opened_again(
    service: Service, backend: Backend, visit: Visit
) -> None:
    browser = visit(somebody(service, "ann"))
    somebody(service, "oscar", is_operator=True)

    assert admin(backend, "disable", "ANN").stdout == "ann is closed.\n"
    assert browser.get("/").headers["Location"] == "/login"
    found = told(backend, "accounts")["accounts"]
    lines = admin(backend, "accounts").stdout.splitlines()
    assert told(backend, "enable", "ann") == {"account": "ann", "is_disabled": False}

    assert [(one["name"], one["is_disabled"], one["is_operator"]) for one in found] == [
        ("ann", True, False),
        ("oscar", False, True),
    ]
    assert [line.split()[:2] for line in lines] == [["ann", "closed"], ["oscar", "operator"]]
    assert browser.get("/").headers["Location"] == "/diary"
    last = admin(backend, "disable", "oscar")
    assert "Nobody else runs the service." in last.stderr
    assert "No account is called" in admin(backend, "enable", "eve").stderr


def test_a_link_to_a_new_password_works(service: Service, backend: Backend, visit: Visit) -> None:
    somebody(service, "ann")

    link = told(backend, "reset", "ann", "--url", "https://diary.example/")["link"]

    assert link.startswith("https://diary.example/reset?code=")
    path = link.removeprefix("https://diary.example")
    assert visit().post(path, password="four calm words here").status_code == 303


def test_t15_check_names_a_record_that_was_changed(service: Service, backend: Backend) -> None:
    somebody(service, "ann")
    told(backend, "disable", "ann")
    assert admin(backend, "check").stdout == "Every record of the audit trail holds.\n"

    with service.store.writing(SYSTEM) as scope:
        scope.db.exec_driver_sql("UPDATE audit SET actor_id = 'eve'")
    answer = admin(backend, "check")

    assert answer.returncode == 4
    assert "Record 1 of the trail" in answer.stderr


def test_a_folder_without_a_service_is_said_to_be_one(tmp_path: Path) -> None:
    words = [str(Path(sys.executable).with_name("worklog")), "admin", "accounts", "--data"]
    answer = subprocess.run(
        [*words, str(tmp_path / "none")], capture_output=True, text=True, check=False
    )

    assert "No diary service is kept in" in answer.stderr
    assert not (tmp_path / "none").exists()
