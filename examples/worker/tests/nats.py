"""A client of NATS and JetStream as small as the tests need: one socket, one thread that reads."""
import base64
import json
import queue
import socket
import threading
import time
import uuid


class Nats:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self.file = self.socket.makefile("rb")
        self.file.readline()  # INFO
        self.socket.settimeout(None)
        self.lock = threading.Lock()
        self.inboxes = {}
        self.prefix = "_INBOX." + uuid.uuid4().hex
        self._send(b'CONNECT {"verbose":false,"headers":true,"no_responders":true}\r\nPING\r\n')
        threading.Thread(target=self._read, daemon=True).start()

    def _send(self, data):
        with self.lock:
            self.socket.sendall(data)

    def _read(self):
        try:
            while line := self.file.readline():
                words = line.split()
                if words[0] == b"PING":
                    self._send(b"PONG\r\n")
                elif words[0] in (b"MSG", b"HMSG"):
                    body = self.file.read(int(words[-1]) + 2)[:-2]
                    head = int(words[-2]) if words[0] == b"HMSG" else 0
                    message = (words[1].decode(), self._headers(body[:head]), body[head:])
                    self.inboxes[words[2].decode()].put(message)
        except (OSError, ValueError):
            pass

    @staticmethod
    def _headers(block):
        lines = block.decode().split("\r\n")
        return {"status": lines[0][8:].strip()} | dict(line.split(": ", 1) for line in lines[1:] if ": " in line)

    def close(self):
        self.socket.close()

    def subscribe(self, subject):
        """A queue of (subject, headers, body); the server has the subscription when this returns."""
        sid = uuid.uuid4().hex
        self.inboxes[sid] = queue.Queue()
        self._send(f"SUB {subject} {sid}\r\n".encode())
        return self.inboxes[sid]

    def publish(self, subject, body=b"", headers=None, reply=""):
        head = "".join(["NATS/1.0\r\n", *(f"{k}: {v}\r\n" for k, v in headers.items()), "\r\n"]).encode() if headers else b""
        sizes = f"{len(head)} {len(head) + len(body)}" if headers else f"{len(body)}"
        self._send(f"{'H' if headers else ''}PUB {subject} {reply} {sizes}\r\n".encode() + head + body + b"\r\n")

    def request(self, subject, body=b"", headers=None):
        """The JSON answer; ValueError for an error of JetStream, or when nobody is there."""
        inbox = self.prefix + "." + uuid.uuid4().hex
        answers = self.subscribe(inbox)
        self.publish(subject, body, headers, inbox)
        _, headers, data = answers.get(timeout=10)
        answer = json.loads(data) if data else {"error": headers}
        if "error" in answer:
            raise ValueError(f"{subject}: {answer['error']}")
        return answer

    def api(self, what, **fields):
        return self.request("$JS.API." + what, json.dumps(fields).encode())

    def messages(self, stream):
        """All that a stream holds: (subject, headers, body)."""
        state = self.api(f"STREAM.INFO.{stream}")["state"]
        found = []
        for seq in range(state["first_seq"], state["last_seq"] + 1):
            try:
                message = self.api(f"STREAM.MSG.GET.{stream}", seq=seq)["message"]
            except ValueError:
                continue  # acknowledged
            headers = self._headers(base64.b64decode(message["hdrs"])) if "hdrs" in message else {}
            found.append((message["subject"], headers, base64.b64decode(message.get("data", ""))))
        return found


def connect(port, seconds=20):
    """Waits for a server that is starting."""
    end = time.monotonic() + seconds
    while True:
        try:
            return Nats(port)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
