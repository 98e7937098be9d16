"""A service refuses to start on an environment it does not understand, and says which part."""

import pytest
from pydantic import Field

from chassis.runtime import Runtime
from chassis.settings import ServiceSettings, SettingsError, load


class Settings(ServiceSettings):
    smtp_host: str
    sample: int = Field(default=3, ge=1)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDLINE_SMTP_HOST", "mail.example")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDLINE_PORT", "8003")
    monkeypatch.setenv("WARDLINE_JWKS", "/etc/keys.json")

    settings = load(Settings)

    assert (settings.port, settings.jwks, settings.smtp_host) == (
        8003,
        "/etc/keys.json",
        "mail.example",
    )
    assert settings.jwt_audience == "wardline"


def test_every_wrong_setting_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDLINE_PORT", "eight")
    monkeypatch.setenv("WARDLINE_SAMPLE", "0")
    monkeypatch.setenv("WARDLINE_KAFKA_BOOTSTRP", "localhost:9092")
    monkeypatch.delenv("WARDLINE_SMTP_HOST")

    with pytest.raises(SettingsError) as error:
        load(Settings)

    lines = str(error.value).splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        "WARDLINE_KAFKA_BOOTSTRP",
        "WARDLINE_PORT",
        "WARDLINE_SMTP_HOST",
        "WARDLINE_SAMPLE",
    ]
    assert lines[0].endswith("no such setting")


def test_the_value_of_a_wrong_setting_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDLINE_POOL_SIZE", "hunter2")

    with pytest.raises(SettingsError) as error:
        load(Settings)

    assert "hunter2" not in str(error.value)


def test_settings_of_the_tests_are_not_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WARDLINE_TEST_STACK", "containers")

    assert load(Settings).smtp_host == "mail.example"


def test_other_variables_are_nobodys_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")

    assert load(Settings).port == 8000


def test_a_service_reads_its_own_settings_by_their_class() -> None:
    runtime = Runtime("probe", load(Settings))

    assert runtime.settings_as(Settings).smtp_host == "mail.example"
    with pytest.raises(TypeError, match="ServiceSettings, not Settings"):
        Runtime("probe", ServiceSettings()).settings_as(Settings)


def test_asking_for_a_database_that_is_not_there_names_the_setting() -> None:
    with pytest.raises(LookupError, match="WARDLINE_DATABASE_URL"):
        _ = Runtime("probe", load(Settings)).database
