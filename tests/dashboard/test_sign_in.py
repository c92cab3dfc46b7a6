"""Signing in: off by default, and shut rather than open where its configuration is no good."""

import os
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
AUTH = {
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "cookie_secret": "made up",
    "client_id": "waypath",
    "client_secret": "made up",
    "server_metadata_url": "https://login.example.com/.well-known/openid-configuration",
}


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setattr("sys.argv", [str(APP), "sample:bypass-by-default"])
    return AppTest.from_file(APP, default_timeout=30)


def buttons(app: AppTest) -> set[str]:
    return {button.label for button in app.button}


def shows_the_source(app: AppTest) -> bool:
    """Whether anything of the sample has got onto the page."""
    return any("shop" in element.proto.json for element in app.get("bidi_component"))


def test_without_configuration_there_is_no_sign_in(app: AppTest) -> None:
    app.run()
    assert shows_the_source(app)
    assert not {"Sign in", "Sign out"} & buttons(app)


def test_with_it_who_is_not_signed_in_sees_a_button_and_nothing_else(app: AppTest) -> None:
    app.secrets["auth"] = AUTH
    app.user = {"is_logged_in": False}
    app.run()
    assert buttons(app) == {"Sign in"}
    assert not shows_the_source(app)


def test_who_is_signed_in_sees_the_page_and_the_way_out(app: AppTest) -> None:
    app.secrets["auth"] = AUTH
    app.user = {"is_logged_in": True, "email": "ada@example.com"}
    app.run()
    assert shows_the_source(app)
    assert "Sign out" in buttons(app)
    assert any("ada" in caption.value for caption in app.caption)


def test_where_sign_in_is_required_a_missing_configuration_shuts_the_page(
    app: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, "WAYPATH_SIGN_IN", "required")
    app.run()
    assert not shows_the_source(app)
    assert "no readable section" in app.error[0].value


def test_a_configuration_that_cannot_be_read_shuts_the_page(
    app: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth\n")
    option = st.config.get_option
    monkeypatch.setattr(
        st.config, "get_option", lambda name: [str(file)] if name == "secrets.files" else option(name)
    )
    app.run()
    assert not shows_the_source(app)
    assert "no readable section" in app.error[0].value
