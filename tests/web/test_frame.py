"""What every page has around it: navigation, menus, refusals, headers."""

from __future__ import annotations

from tests.service.people import Visit, organisation, somebody
from tests.web.conftest import Open, accessible
from worklog.service.service import Service


def test_somebody_who_is_not_logged_in_is_sent_to_the_login(visit: Visit) -> None:
    answer = visit().get("/", x="1")

    assert answer.status_code == 303
    assert answer.headers["Location"] == "/login?next=%2F%3Fx%3D1"


def test_a_page_that_is_not_there_says_so_and_leads_back(tab: Open) -> None:
    page = tab()

    page.goto("/nowhere")

    assert page.get_by_role("heading").inner_text() == "Nothing is here"
    assert page.get_by_role("link", name="Go to the diary").is_visible()
    accessible(page)


def test_the_interface_answers_with_documents_and_the_pages_with_pages(visit: Visit) -> None:
    browser = visit()

    assert "problem+json" in browser.get("/api/v1/nothing").headers["Content-Type"]
    assert "text/html" in browser.get("/nothing").headers["Content-Type"]


def test_every_answer_has_the_headers_that_guard_it(visit: Visit) -> None:
    browser = visit()

    for path in ("/", "/nowhere", "/api/v1/service", "/api/v1/whoami"):
        headers = browser.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["Referrer-Policy"] == "same-origin"


def test_a_static_file_is_kept_by_its_content_and_another_name_is_not_there(visit: Visit) -> None:
    browser = visit()
    page = browser.get("/nowhere").text
    style = page.split('rel="stylesheet" href="')[1].split('"')[0]

    found = browser.get(style)

    assert found.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in found.headers["Cache-Control"]
    assert browser.get("/static/app.css").status_code == 404
    assert browser.get("/static/..%2fapp.css").status_code == 404


def test_a_member_sees_the_places_of_a_client(visit: Visit, service: Service) -> None:
    owner = somebody(service, "olga")
    organisation(service, "Acme", owners=[owner])

    answer = visit(owner).get("/")

    assert answer.headers["Location"] == "/diary"
