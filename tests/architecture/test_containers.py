"""What containers may do: no more than they must, in images that were tried."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
DOCKERFILE = (ROOT / "deploy/docker/Dockerfile").read_text(encoding="utf-8")
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(n for n, s in SERVICES.items() if s["image"].startswith("wardline/"))
OTHERS = sorted(SERVICES.keys() - set(OURS))
STARTS_AS_ROOT = {"postgres": {"CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"}}
"""What it may do as root, until it is somebody else."""
WRITES_BESIDE_ITS_DATA = {"kafka"}
"""Makes its configuration where its programs are."""
VERSION = re.compile(r".+:v?\d[\w.-]*")


@pytest.mark.parametrize("name", SERVICES)
def test_no_container_gains_rights(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert set(service.get("cap_add", ())) == STARTS_AS_ROOT.get(name, set())
    assert not service.keys() & {"privileged", "pid", "ipc", "network_mode", "devices"}


@pytest.mark.parametrize("name", sorted(SERVICES.keys() - WRITES_BESIDE_ITS_DATA))
def test_nothing_is_written_but_data(name: str) -> None:
    assert SERVICES[name]["read_only"] is True


@pytest.mark.parametrize("name", OURS)
def test_whatever_is_ours_is_nobody_and_may_write_to_tmp(name: str) -> None:
    assert SERVICES[name]["user"] == "10001"
    assert SERVICES[name]["tmpfs"] == ["/tmp"]  # noqa: S108 - in memory, its own


def test_there_are_all_of_them() -> None:
    services = {path.parent.name for path in (ROOT / "services").glob("*/app.py")}
    assert services < set(OURS)
    assert {f"migrate-{name}" for name in services} < set(OURS)


def test_every_image_that_is_run_is_nobodys() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE, flags=re.MULTILINE)[1:]
    targets = {SERVICES[name]["build"]["target"] for name in OURS if "build" in SERVICES[name]}
    named = {stage.split()[2]: stage for stage in stages}
    assert targets == {"jobs", "service"}
    for target in targets:
        users = re.findall(r"^USER (\S+)$", named[target], flags=re.MULTILINE)
        assert users[-1:] == ["10001"], target


@pytest.mark.parametrize("name", OTHERS)
def test_others_images_name_a_version(name: str) -> None:
    assert VERSION.fullmatch(SERVICES[name]["image"])


def test_what_our_images_are_built_on_names_a_version() -> None:
    bases = re.findall(r"^FROM (\S+) AS (\S+)$", DOCKERFILE, flags=re.MULTILINE)
    stages = {stage for _, stage in bases}
    assert all(VERSION.fullmatch(base) for base, _ in bases if base not in stages)


@pytest.mark.parametrize("name", SERVICES)
def test_what_others_can_reach_is_on_the_loopback(name: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[name].get("ports", ()))


@pytest.mark.parametrize("name", SERVICES)
def test_only_data_is_mounted_for_writing(name: str) -> None:
    for volume in SERVICES[name].get("volumes", ()):
        source = volume.split(":")[0]
        assert source in COMPOSE["volumes"] or volume.endswith(":ro"), volume
