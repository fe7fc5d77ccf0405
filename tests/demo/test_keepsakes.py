"""What the demo keeps in its data directory."""

import concurrent.futures

from demo import keepsakes


def test_all_get_the_first_secrets(tmp_path):
    """Processes that start at once end up with the same secrets."""
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: keepsakes.read_secrets(tmp_path), range(16)))

    assert all(secrets == found[0] for secrets in found)
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_running_demo_is_found(tmp_path):
    """Who is not a child of the launcher finds the addresses it uses."""
    keepsakes.write_running(tmp_path, {"url": "http://127.0.0.1:8123/", "pids": {}})

    assert keepsakes.read_running(tmp_path)["url"] == "http://127.0.0.1:8123/"
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0


def test_usual_addresses_stand_in(tmp_path):
    """While no demo runs, the usual addresses are taken."""
    keepsakes.write_running(tmp_path, {"url": "http://127.0.0.1:8123/"})
    keepsakes.forget_running(tmp_path)

    assert keepsakes.read_running(tmp_path) == keepsakes.DEFAULTS


def test_broken_file_is_no_demo(tmp_path):
    """A file that is no JSON counts as none."""
    (tmp_path / "demo.json").write_text("{")

    assert keepsakes.read_running(tmp_path) == keepsakes.DEFAULTS
