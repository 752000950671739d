"""Nothing without a login, and no way around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.integration.viewer.bucket import CAMERA, DAY, Bucket, name
from tests.integration.viewer.visitor import PASSWORD, Visitor
from viewer.guard import FORM_COOKIE, SESSION_COOKIE
from viewer.throttle import ATTEMPTS, WINDOW, Throttle

if TYPE_CHECKING:
    from pathlib import Path

    from tests.emulator.client import Emulator

PAGES = ["/", "/day?date=2022-02-24", f"/camera?camera={CAMERA}", "/picture?name=x", "/export", "/restore", "/nothing"]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_leads_to_the_login_and_asks_nothing_of_the_bucket(
    stranger: Visitor, emulator: Emulator, page: str
) -> None:
    answer = stranger.get(page)
    assert answer.status_code == 303
    assert answer.location == ("/login" if page == "/" else f"/login?next={quote(page, safe='')}")
    assert emulator.requests() == {}


@pytest.mark.parametrize("path", ["/original", "/thumbnail"])
def test_pictures_are_refused_without_a_login(stranger: Visitor, path: str) -> None:
    assert stranger.get(path, camera=CAMERA, headers={"Accept": "image/*"}).status_code == 401


@pytest.mark.parametrize("path", ["/", "/restore", "/export", "/original"])
def test_posts_are_refused_without_a_login(stranger: Visitor, path: str) -> None:
    assert stranger.client.post(path, data={"form_token": stranger.token()}).status_code == 401


def test_the_cookie_is_strict_unreadable_and_new_after_the_login(stranger: Visitor) -> None:
    stranger.client.set_cookie(SESSION_COOKIE, "planted-by-somebody-else")
    answer = stranger.log_in()
    assert answer.status_code == 303
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "planted" not in cookie
    first = stranger.client.get_cookie(SESSION_COOKIE)
    stranger.client.delete_cookie(SESSION_COOKIE)
    stranger.log_in()
    second = stranger.client.get_cookie(SESSION_COOKIE)
    assert first
    assert second
    assert first.value != second.value


def test_behind_a_tls_proxy_the_cookie_is_for_tls_alone(stranger: Visitor) -> None:
    found = re.search(
        r'name="form_token" value="([0-9a-f]+)"', stranger.client.get("/login", base_url="https://relay").text
    )
    assert found
    fields = {"name": "owner", "password": PASSWORD, "form_token": found[1]}
    answer = stranger.client.post("/login", base_url="https://relay", data=fields)
    assert "Secure" in next(each for each in answer.headers.getlist("Set-Cookie") if each.startswith(SESSION_COOKIE))


def test_the_session_ends_at_logout_also_for_who_copied_the_cookie(owner: Visitor) -> None:
    cookie = owner.client.get_cookie(SESSION_COOKIE)
    assert cookie
    answer = owner.client.post("/logout", data={"form_token": owner.token("/export")})
    assert answer.location == "/login"
    owner.client.set_cookie(SESSION_COOKIE, cookie.value)
    assert owner.get("/export").status_code == 303


def test_the_session_ends_with_its_time(owner: Visitor) -> None:
    owner.site.sessions._clock = lambda: 1e12
    assert owner.get("/export").status_code == 303


@pytest.mark.parametrize(("who", "password"), [("owner", "wrong"), ("nobody", PASSWORD), ("", ""), ("owner", "")])
def test_a_wrong_name_and_a_wrong_password_get_the_same_answer(stranger: Visitor, who: str, password: str) -> None:
    answer = stranger.log_in(password, who)
    assert answer.status_code == 401
    assert "do not belong together" in answer.text
    assert SESSION_COOKIE not in str(answer.headers.getlist("Set-Cookie"))


def test_guessing_is_throttled_by_address_and_the_right_password_does_not_help(stranger: Visitor) -> None:
    for _ in range(ATTEMPTS):
        assert stranger.log_in("a guess").status_code == 401
    answer = stranger.log_in()
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= WINDOW
    token = stranger.token()
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    fields = {"name": "owner", "password": PASSWORD, "form_token": token}
    assert stranger.client.post("/login", data=fields, environ_overrides=elsewhere).status_code == 303


def test_the_throttle_lets_go_after_its_window_and_takes_a_subscriber_for_one_address() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    assert [throttle.take(f"2001:db8::{number}", "owner") for number in range(ATTEMPTS)] == [0] * ATTEMPTS
    assert throttle.take("2001:db8::ffff", "owner") == WINDOW
    assert throttle.take("2001:db8:0:1::1", "owner") == 0
    assert throttle.take("::ffff:192.0.2.1", "owner") == throttle.take("192.0.2.1", "owner") == 0
    now[0] = WINDOW + 1
    assert throttle.take("2001:db8::1", "owner") == 0


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
@pytest.mark.parametrize("path", ["/export", "/restore", "/logout"])
def test_a_form_that_was_not_made_here_is_refused(owner: Visitor, path: str, token: str) -> None:
    answer = owner.client.post(path, data={"form_token": token, "camera": CAMERA, "date": str(DAY)})
    assert answer.status_code == 403
    assert owner.get("/export").status_code == 200


def test_a_login_form_of_another_browser_is_refused(stranger: Visitor) -> None:
    token = stranger.token()
    stranger.client.set_cookie(FORM_COOKIE, "another")
    fields = {"name": "owner", "password": PASSWORD, "form_token": token}
    assert stranger.client.post("/login", data=fields).status_code == 403


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/x\r\nSet-Cookie: a=b"],
)
def test_the_login_leads_nowhere_else(stranger: Visitor, target: str) -> None:
    answer = stranger.log_in(next=target)
    assert answer.location == "/"


def test_the_login_leads_back_to_the_page_that_was_asked_for(stranger: Visitor, pictures: Bucket) -> None:
    pictures.put(f"{CAMERA}/{DAY}/{name(0)}")
    page = f"/day?date={DAY}&camera={CAMERA}"
    assert stranger.log_in(next=page).location == page
    assert stranger.get(page).status_code == 200


def test_every_answer_carries_the_headers_that_keep_scripts_out(owner: Visitor, tmp_path: Path) -> None:
    for path in ("/export", "/login", "/nothing", "/static/viewer.css"):
        headers = owner.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "no-referrer"
    assert owner.get("/export").headers["Cache-Control"] == "no-store"
