"""The container's promises, read from its files; no engine builds it here.

The files that it copies are put into an empty folder and run from there, so none can be missing.
"""

from __future__ import annotations

import fnmatch
import json
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.settings.loading import rows

ROOT = Path(__file__).resolve().parent.parent
SETTINGS = {row.name: row for _, row in rows()}
SECRETS = {name for name, row in SETTINGS.items() if row.kind.secret}


@dataclass(frozen=True)
class Step:
    """One instruction of the Dockerfile."""

    word: str
    rest: str


def steps() -> list[Step]:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    words = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return [Step(word, rest) for word, rest in words]


def of(word: str) -> list[str]:
    return [step.rest for step in steps() if step.word == word]


def last_stage() -> list[Step]:
    found = steps()
    start = max(at for at, step in enumerate(found) if step.word == "FROM")
    return found[start:]


def copied() -> list[tuple[list[str], str]]:
    """Sources and target of each COPY from the build's own folder."""
    plain = [rest for rest in of("COPY") if not rest.startswith("--from")]
    return [(shlex.split(rest)[:-1], shlex.split(rest)[-1]) for rest in plain]


def is_ignored(name: str) -> bool:
    """Match a path as .dockerignore does: the last line that matches decides."""
    ignored = False
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        pattern = line.removeprefix("!")
        parts = Path(name).parts
        heads = ["/".join(parts[: end + 1]) for end in range(len(parts))]
        if any(fnmatch.fnmatch(head, pattern) for head in heads):
            ignored = not line.startswith("!")
    return ignored


def test_image_is_built_in_stages_from_pinned_versions() -> None:
    bases = of("FROM")
    (version,) = of("ARG")

    assert len(bases) == 2
    assert re.fullmatch(r"PYTHON=3\.\d+\.\d+", version)
    assert all(re.match(r"python:\$\{PYTHON\}-slim-\w+", base) for base in bases)
    assert not any("pip" in step.rest for step in last_stage() if step.word == "RUN")


def test_image_runs_as_an_unprivileged_user() -> None:
    (user,) = of("USER")
    words = [step.word for step in last_stage()]

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert not [step for step in last_stage()[words.index("USER") :] if step.word == "RUN"]


def test_image_keeps_files_in_a_volume() -> None:
    service = compose()["services"]["repaint"]
    places = dict(pair.split("=", 1) for pair in shlex.split(" ".join(of("ENV"))))

    assert of("VOLUME") == ["/data"]
    assert places["DATABASE_PATH"].startswith("/data/")
    assert places["PICTURES_PATH"].startswith("/data/")
    assert service["read_only"] is True
    assert service["volumes"] == ["data:/data"]
    assert any(each.startswith("/tmp") for each in service["tmpfs"])


def test_image_has_a_health_check() -> None:
    (check,) = of("HEALTHCHECK")
    program = json.loads(check[check.index("CMD ") + 4 :])

    assert program[:2] == ["python", "-c"]
    compile(program[2], "healthcheck", "exec")
    assert "/healthz" in program[2]


def test_image_contains_no_secret() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")

    assert not [name for name in SECRETS if re.search(rf"\b{name}\b", text)]
    assert not [name for name in SECRETS if name in compose_environment()]
    for name in (
        ".env",
        ".env.new",
        "data/repaint.db",
        "data/repaint.db-wal",
        "data/pictures/x",
        ".git/config",
        "data/demo/repaint.db",
        "tests/test_container_image.py",
    ):
        assert is_ignored(name), name


def test_image_copies_existing_files() -> None:
    for sources, _ in copied():
        for source in sources:
            assert (ROOT / source).exists(), source
            assert not is_ignored(source), source


@pytest.mark.proof
def test_image_files_suffice_to_run(tmp_path: Path) -> None:
    for sources, target in copied()[1:]:
        for source in sources:
            into = tmp_path / target
            if (ROOT / source).is_dir():
                shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / source, into)
    program = [sys.executable, "-B", "bot.py"]
    environment = {
        "KLING_API_KEY": "sk-none",
        "KLING_BASE_URL": "http://127.0.0.1:9/kling",
        "DISCORD_TOKEN": "a.b.c",
        "DISCORD_API_URL": "http://127.0.0.1:9",
        "DATABASE_PATH": str(tmp_path / "data" / "r.db"),
    }
    helped = subprocess.run([*program, "--help"], cwd=tmp_path, capture_output=True, check=False)
    checked = subprocess.run(
        [*program, "check", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )

    assert helped.returncode == 0, helped.stderr
    areas = {each["area"] for each in json.loads(checked.stdout)["findings"]}
    assert {"Settings", "Database", "Provider"} <= areas


def compose(name: str = "compose.yaml") -> dict[str, Any]:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


def compose_environment() -> dict[str, str]:
    return compose()["services"]["repaint"]["environment"]


def test_compose_sets_only_what_is_a_setting_and_opens_the_port_to_this_computer_alone() -> None:
    service = compose()["services"]["repaint"]

    assert not set(compose_environment()) - set(SETTINGS)
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert int(service["stop_grace_period"].removesuffix("s")) > 10


def test_compose_of_several_bots_matches_that_of_one() -> None:
    one = compose()["services"]["repaint"]
    service = compose("compose.postgresql.yaml")["services"]["repaint"]
    same = ("image", "init", "env_file", "read_only", "tmpfs", "cap_drop", "security_opt")

    assert {name: service[name] for name in same} == {name: one[name] for name in same}
    assert not set(service["environment"]) - set(SETTINGS)
    assert "ports" not in service  # one address can not be published twice
    assert service["environment"]["PICTURES_PATH"].startswith("/data/")


@pytest.mark.parametrize("name", ["compose.yaml", "compose.postgresql.yaml"])
def test_compose_is_what_docker_takes(name: str) -> None:
    """Its own rules: names, types, durations, sizes; and volumes that are declared."""
    compose_spec = pytest.importorskip("compose_spec")
    text = (ROOT / name).read_text("utf-8")

    found = compose_spec.PyCompose.from_yaml(text)
    found.validate()
    found.validate_volumes()
    for right, wrong in (("read_only: true", "read_onli: true"), ("30s #", "soon #")):
        with pytest.raises(ValueError, match=r"services\.repaint"):
            compose_spec.PyCompose.from_yaml(text.replace(right, wrong))


def test_dockerfile_passes_the_linter(tmp_path: Path) -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    if not hadolint.exists():
        pytest.skip("there is no hadolint for this system")
    worse = tmp_path / "Dockerfile"
    worse.write_text("FROM python\nRUN cd /tmp && pip install aiohttp\n", encoding="utf-8")

    said = [
        subprocess.run([hadolint, path], capture_output=True, text=True, check=False)
        for path in (ROOT / "Dockerfile", worse)
    ]
    assert (said[0].returncode, said[0].stdout) == (0, "")
    assert "DL3006" in said[1].stdout


def unit() -> dict[str, list[str]]:
    pairs = (
        line.split("=", 1)
        for line in (ROOT / "deploy" / "repaint.service").read_text("utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return found


def test_unit_sets_existing_settings_only() -> None:
    names = {value.split("=")[0] for value in unit()["Environment"]}

    assert not names - set(SETTINGS) - {"MPLCONFIGDIR"}
    assert not names & SECRETS


def test_unit_command_runs_as_the_unit() -> None:
    script = ROOT / "deploy" / "repaint"
    text = script.read_text("utf-8")
    found = unit()
    read = subprocess.run(["sh", "-n", script], capture_output=True, check=False)

    assert read.returncode == 0, read.stderr
    assert set(re.findall(r"--setenv=(\S+)", text)) == set(found["Environment"])
    for name in ("EnvironmentFile", "WorkingDirectory", "UMask"):
        assert f"--property={name}={found[name][0]}" in text
    assert f"--uid={found['User'][0]} " in text
    assert f"{found['ExecStart'][0].removesuffix(' run')} " in text


def test_unit_is_hardened_and_allows_time_to_stop() -> None:
    found = unit()

    assert found["User"] != ["root"]
    assert found["ProtectSystem"] == ["strict"]
    assert found["CapabilityBoundingSet"] == [""]
    assert found["RestartPreventExitStatus"] == ["2"]
    assert int(found["TimeoutStopSec"][0]) > 10


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    text = (ROOT / "deploy" / "repaint.service").read_text("utf-8")
    here = tmp_path / "repaint.service"
    here.write_text(text.replace("/opt/repaint/.venv/bin/python", sys.executable), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", str(here)], capture_output=True, text=True, check=False
    )

    assert verified.returncode == 0, verified.stderr
    assert "Unknown" not in verified.stderr


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_finds_little_that_the_unit_could_harm() -> None:
    """Its own measure goes from 0 to 10; the rest is that the bot needs the network."""
    unit_file = str(ROOT / "deploy" / "repaint.service")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", unit_file],
        capture_output=True,
        text=True,
        check=False,
    )
    if "unrecognized option" in judged.stderr:
        pytest.skip("this systemd judges no file that is not installed")

    assert judged.returncode == 0, judged.stdout[-200:]
