"""What `skyshade doctor` finds: each fault is named with its remedy, and none ends it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from skyshade import _jit, doctor
from skyshade.errors import InputError


def found(what: str) -> doctor.Finding:
    return next(f for f in doctor.examine() if f.what == what)


def test_everything_has_a_state_and_every_fault_a_remedy() -> None:
    findings = doctor.examine()
    assert {f.what for f in findings} >= {
        *("Skyshade", "numba", "rasterio", "compiled kernels", "threading layer", "terrain"),
        *("memory", "GPU", "extra 'export'", "map", "Node.js", "Chromium"),
    }
    for finding in findings:
        assert finding.details
        assert finding.state == "works" or finding.remedy, finding
    json.dumps([f.as_dict() for f in findings])


def test_a_module_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(doctor.EXTRAS, "export", ("files", ("no_such_module_anywhere",)))
    missing = found("extra 'export'")
    assert missing.state == "missing" and "no_such_module_anywhere" in missing.details
    assert "pip install 'skyshade[export]'" in missing.remedy
    monkeypatch.setattr(doctor, "NEEDED", ("no_such_module_anywhere",))
    broken = found("no_such_module_anywhere")
    assert broken.state == "broken" and broken.needed


def test_a_layer_of_threads_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> str:
        raise InputError("this threading layer is not installed")

    monkeypatch.setattr(_jit, "threading_layer", refuse)
    assert found("threading layer").state == "broken"
    monkeypatch.setattr(_jit, "threading_layer", lambda: "workqueue")
    taking_turns = found("threading layer")
    assert taking_turns.state == "works" and "take turns" in taking_turns.details
    assert "libgomp1" in taking_turns.remedy


def test_kernels_that_cannot_be_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_jit, "kernel_cache_dir", lambda: tmp_path / "kernels" / "abc")
    assert found("compiled kernels").state == "works"
    monkeypatch.setattr(doctor, "_can_write", lambda folder: False)
    full = found("compiled kernels")
    assert full.state == "broken" and "Make room" in full.remedy and not full.needed


def test_an_old_node_and_no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_said_by", lambda *command: "v18.19.0")
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert found("Node.js").state == "broken" and "20 or newer" in found("Node.js").remedy
    assert found("Chromium").state == "missing"


def test_a_look_that_fails_does_not_end_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> int:
        raise RuntimeError("no such counter\nsecond line")

    monkeypatch.setattr(doctor, "free_bytes", fail)
    fault = found("memory")
    assert fault.state == "broken" and fault.details == "RuntimeError: no such counter"
    assert found("Chromium")
