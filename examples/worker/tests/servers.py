"""Real servers on free ports of 127.0.0.1, in one folder: nats-server, redis-server, PostgreSQL, and a chat endpoint."""
import glob
import http.server
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import threading
import time

import nats


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(condition, what, seconds=60):
    """The first true value of the condition. The limit is only there so that a broken test ends."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)
    return value


class Server:
    """A program that can be ended at once and started again on the same port and data."""

    def __init__(self, folder, log):
        self.folder, self.log, self.port, self.process = folder, log, free_port(), None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command(), stdout=log, stderr=log, **self.options())
        wait_for(self.answers, f"{self.command()[0]} on port {self.port}")

    def options(self):
        return {}

    def stop(self, number=signal.SIGKILL):
        self.process.send_signal(number)
        self.process.wait()


class NatsServer(Server):
    def command(self):
        return [f"{os.environ['TOOLS']}/nats-server", "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", str(self.folder)]

    def answers(self):
        try:
            client = nats.Nats(self.port)
            client.api("INFO")
            client.close()
            return True
        except (OSError, ValueError):
            return False


class Redis(Server):
    password = "pass word"

    def command(self):
        return ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder), "--save", "",
                "--requirepass", self.password]

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port))
        connection.sendall(b'AUTH "%s"\r\n' % self.password.encode())
        return connection, connection.makefile("rb")

    def answers(self):
        try:
            connection, file = self.connect()
            with connection, file:
                return file.readline() == b"+OK\r\n"
        except OSError:
            return False

    def subscribe(self, channel):
        """A list that grows with each message, parsed."""
        connection, file = self.connect()
        connection.sendall(f"SUBSCRIBE {channel}\r\n".encode())
        for _ in range(1 + 6):  # +OK; *3 $9 subscribe $n channel :1
            file.readline()
        events = []

        def read():
            with connection, file:
                while file.readline():  # *3
                    for _ in range(4):
                        file.readline()
                    size = int(file.readline()[1:])
                    events.append(json.loads(file.read(size + 2)))

        threading.Thread(target=read, daemon=True).start()
        return events


class Postgres(Server):
    """Runs as another user: PostgreSQL refuses root."""
    bin = max(glob.glob("/usr/lib/postgresql/*/bin"))

    def __init__(self, folder, log):
        super().__init__(folder, log)
        self.user = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        subprocess.run([f"{self.bin}/initdb", "-D", folder, "-U", "agents", "-A", "trust", "-E", "UTF8", "--no-sync"],
                       check=True, stdout=subprocess.DEVNULL, **self.options())

    def options(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": [], "cwd": "/"} if os.getuid() == 0 else {}

    def command(self):
        return [f"{self.bin}/postgres", "-D", str(self.folder), "-p", str(self.port), "-k", "", "-h", "127.0.0.1", "-F"]

    def query(self, sql):
        """Rows as lists of texts."""
        result = subprocess.run([f"{self.bin}/psql", "-h", "127.0.0.1", "-p", str(self.port), "-U", "agents", "-XAtqF", "\t",
                                 "-c", sql, "postgres"], capture_output=True, text=True, check=True)
        return [line.split("\t") for line in result.stdout.splitlines()]

    def answers(self):
        return subprocess.run([f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]).returncode == 0

    def stop(self, number=signal.SIGQUIT):  # at once; SIGKILL would leave its children
        super().stop(number)


class Chat:
    """Speaks POST /v1/chat/completions. `script` is what it answers first: (status, headers); then always a completion."""

    def __init__(self):
        chat = self
        self.script, self.requests = [], []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):  # pylint: disable=invalid-name
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                chat.requests.append((self.path, self.headers["Authorization"], body))
                status, headers = chat.script.pop(0) if chat.script else (200, {})
                text = f"echo: {body['messages'][-1]['content']}"
                answer = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}}]}).encode()
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Servers:
    """All of them, empty."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.folder = folder
        folder.chmod(0o755)
        self.all = []
        for name, kind in {"nats": NatsServer, "redis": Redis, "postgres": Postgres}.items():
            (folder / name).mkdir()
            server = kind(folder / name, folder / f"{name}.log")
            server.start()
            setattr(self, name, server)
            self.all.append(server)
        self.chat = Chat()

    def stop(self):
        for server in self.all:
            server.stop()
