"""`peakcharge serve`: the results of a folder in a browser of this machine, to be read only.

It listens on 127.0.0.1 alone and answers GET and HEAD.  A path is walked name by name from the
folder, each opened below the one before and never through a link, so that none leads outside.
"""

import errno
import os
import shutil
import stat
import sys
import webbrowser
from collections.abc import Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote_to_bytes, urlsplit

from sim.archive import index
from sim.archive.studies import ROOT
from sim.config.command import Parser
from sim.config.problems import InputError
from sim.report import language
from sim.report.language import LANGUAGES, Words

HOST = "127.0.0.1"
PORT = 8731
HERE = Path(__file__).parent
KINDS = {
    ".html": "text/html; charset=utf-8", ".json": "application/json; charset=utf-8",
    ".csv": "text/csv; charset=utf-8", ".md": "text/plain; charset=utf-8",
    ".png": "image/png", ".pdf": "application/pdf",
}  # fmt: skip
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def main(argv: Sequence[str]) -> int:
    """Serve until somebody ends it.  Raises `InputError` for a folder or a port that cannot be."""
    args = _parser().parse_args(argv)
    say = Words(args.lang or language.of_terminal(os.environ), HERE)
    with server(args.folder, args.port, say.language) as own:
        url = f"http://{HOST}:{own.server_port}/"
        print(say("serve.at", url=url, folder=str(args.folder)), flush=True)
        if args.open and not webbrowser.open(url):
            print(say("serve.no_browser", url=url), file=sys.stderr, flush=True)
        own.serve_forever()
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="peakcharge serve", description="Show a folder of results in a browser, read only."
    )
    add = parser.add_argument
    add("folder", nargs="?", type=Path, default=ROOT, help=f"default: {ROOT}")
    add("--port", type=int, default=PORT, help=f"default: {PORT}; 0: any that is free")
    add("--lang", choices=LANGUAGES, help="of the index; default: that of the terminal")
    add("--open", action="store_true", help="open the browser")
    return parser


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    root: Path
    language: str


def server(root: Path, port: int, language: str) -> _Server:
    """A server of a folder, not serving yet."""
    if not root.is_dir():
        raise InputError(f"there is no folder `{root}`")
    if not 0 <= port < 2**16:
        raise InputError(f"--port is {port}, but must be from 0 to {2**16 - 1}")
    try:
        own = _Server((HOST, port), Handler)
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise InputError(f"port {port} cannot be had: name another with --port") from None
    own.root, own.language = root, language
    return own


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: _Server
    timeout = 30
    server_version, sys_version = "PeakCharge", ""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, with_body: bool) -> None:
        if not self._is_for_us():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        names = parts(self.path)
        if names in ([], [index.NAME]):
            text = index.html(self.server.root, self.server.language).encode()
            self._head(KINDS[".html"], len(text))
            if with_body:
                self.wfile.write(text)
            return
        file = opened(self.server.root, names) if names else None
        if not names or file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        with file:
            kind = KINDS.get(Path(names[-1]).suffix, "application/octet-stream")
            self._head(kind, os.fstat(file.fileno()).st_size)
            if with_body:
                shutil.copyfileobj(file, self.wfile)

    def _is_for_us(self) -> bool:
        """A page of elsewhere may have its name lead here: then its name is asked for."""
        port = self.server.server_port
        return self.headers.get("Host") in (f"{HOST}:{port}", f"localhost:{port}")

    def _head(self, kind: str, size: int) -> None:
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(size))
        self.end_headers()

    def end_headers(self) -> None:
        for name, value in SAFE.items():
            self.send_header(name, value)
        super().end_headers()

    def send_error(self, code: int, *more: Any) -> None:
        """What is not known here is not allowed."""
        known = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else code
        super().send_error(known)

    def log_message(self, *_: Any) -> None:
        """Nobody reads what a browser asked for."""


def parts(path: str) -> list[str] | None:
    """The names that a path of a request goes through; None: it cannot be one of ours."""
    raw = unquote_to_bytes(urlsplit(path).path)
    try:
        names = raw.decode("utf-8").removeprefix("/").split("/")
    except UnicodeDecodeError:
        return None
    if names == [""]:
        return []
    hidden = any(not name or name.startswith(".") or set(name) & {"\0", "\\"} for name in names)
    return None if hidden else names


def opened(root: Path, names: Sequence[str]) -> BinaryIO | None:
    """A regular file below a folder, reached through folders alone; None: there is none."""
    step = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    here = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for n, name in enumerate(names):
            is_last = n == len(names) - 1
            inner = os.open(name, step | (0 if is_last else os.O_DIRECTORY), dir_fd=here)
            os.close(here)
            here = inner
        if not stat.S_ISREG(os.fstat(here).st_mode):
            return None
        file = os.fdopen(here, "rb")
        here = -1
        return file
    except OSError:
        return None
    finally:
        if here >= 0:
            os.close(here)
