"""What a browser may read, and what nobody may reach."""

import http.client
import os
import socket
import threading
from pathlib import Path

import pytest

from sim.__main__ import main
from sim.archive import index, server
from tests.archive.kept import study


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "results"
    study(folder / "holiday")
    (tmp_path / "secret.txt").write_text("SECRET")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "report.html").write_text("SECRET")
    return folder


@pytest.fixture
def ask(root):
    """Send one request as it stands; status, headers and body."""
    own = server.server(root, 0, "en")
    thread = threading.Thread(target=own.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def send(path: str, method: str = "GET", host: str = ""):
        connection = http.client.HTTPConnection("127.0.0.1", own.server_port, timeout=30)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{own.server_port}")
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, dict(answer.getheaders()), body

    send.server = own
    yield send
    own.shutdown()
    thread.join()
    own.server_close()


def test_the_index_and_what_it_links_to(ask):
    status, headers, body = ask("/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert b'href="holiday/report.html"' in body
    assert ask("/holiday/report.html")[::2] == (200, b"<p>the page")
    status, headers, body = ask("/holiday/answer.json")
    assert (status, headers["X-Content-Type-Options"]) == (200, "nosniff")


def test_a_head_has_no_body(ask):
    status, headers, body = ask("/holiday/report.html", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "11", b"")
    assert ask("/", "HEAD")[::2] == (200, b"")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "X"])
def test_only_reading_is_allowed(ask, root, method):
    assert ask("/holiday/report.html", method)[0] == 405
    assert (root / "holiday" / "report.html").read_text() == "<p>the page"


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/holiday/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt",
        "/%2e%2e%2fsecret.txt", "/holiday/..%2f..%2fsecret.txt", "/%252e%252e/secret.txt",
        "/..\\secret.txt", "/..%5csecret.txt", "//../secret.txt", "/./../secret.txt",
        "/holiday/.../secret.txt", "/%c0%ae%c0%ae/secret.txt", "/%2e%2e%00/secret.txt",
        "/{absolute}", "//{absolute}", "/%2f{absolute}", "/file:{absolute}", "/holiday/..;/x",
        "/link.txt", "/linked/report.html", "/deep/link/report.html", "/.hidden", "/holiday",
        "/holiday/", "/nothing", "/pipe", "/holiday/report.html/", "/?../secret.txt/../x/..",
    ],
)  # fmt: skip
def test_no_path_leads_out(ask, root, tmp_path, path):
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "linked").symlink_to(tmp_path / "outside")
    (root / "deep").mkdir()
    (root / "deep" / "link").symlink_to("../../outside")
    (root / ".hidden").write_text("SECRET")
    os.mkfifo(root / "pipe")
    status, _, body = ask(path.format(absolute=tmp_path / "secret.txt"))
    assert b"SECRET" not in body
    assert status == (200 if path.startswith("/?") else 404)


def test_a_name_of_elsewhere_is_not_answered(ask):
    assert ask("/", host="evil.example")[0] == 421
    assert ask("/", host=f"localhost:{ask.server.server_port}")[0] == 200


def test_it_listens_on_this_machine_alone(ask):
    assert ask.server.socket.getsockname()[0] == "127.0.0.1"


def test_what_cannot_be_served_is_one_sentence(root, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for argv, sentence in (
            (["nowhere"], "there is no folder `nowhere`"),
            (["--port", "70000"], "--port is 70000, but must be from 0 to 65535"),
            (["--port", str(port)], f"port {port} cannot be had: name another with --port"),
            (["--prt", "1"], "unknown option `--prt`: did you mean `--port`?"),
        ):
            assert main(["serve", *argv]) == 2
            assert sentence in capsys.readouterr().err


def test_names_are_escaped_and_both_languages_there(tmp_path):
    root = tmp_path / "results"
    evil = '<a href="x">&"\'</script>'
    study(root / evil.replace("/", "_"), {"said": {"en": [evil], "zh": [f"坏{evil}"]}},
          {"experiment": evil})  # fmt: skip
    study(root / "100%?#é 长江", ended="<b>")
    text = index.html(root, "zh")
    assert "<a href=x>" not in text
    assert '<a href="x">' not in text
    assert "</script>" not in text
    assert "<b>" not in text
    assert "坏&lt;a href=" in text
    assert 'href="100%25%3F%23%C3%A9%20%E9%95%BF%E6%B1%9F/report.html"' in text
    assert text.index("研究一览") < text.index("PeakCharge: studies")
    assert '<html lang="zh-Hans">' in text


def test_a_manifest_cannot_link_elsewhere(tmp_path):
    root = tmp_path / "results"
    (tmp_path / "secret.txt").write_text("x")
    study(root / "one", files={"../../secret.txt": "", str(tmp_path / "secret.txt"): ""})
    assert "secret" not in index.html(root)


def test_the_index_is_written_and_replaced_but_nothing_of_others(tmp_path):
    root = tmp_path / "results"
    root.mkdir()
    assert index.write(root) is None
    assert list(root.iterdir()) == []
    study(root / "one")
    assert index.write(root) == root / "index.html"
    study(root / "two")
    assert index.write(root) == root / "index.html"
    assert "two/report.html" in (root / "index.html").read_text("utf-8")
    (root / "index.html").write_text("mine")
    assert index.write(root) is None
    assert (root / "index.html").read_text() == "mine"
    (root / "index.html").unlink()
    (root / "index.html").symlink_to(tmp_path / "elsewhere")
    assert index.write(root) is None
    assert not Path(tmp_path / "elsewhere").exists()
