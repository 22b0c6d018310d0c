"""What a case works with: a stream, a consumer, workers, and what can be asked of them."""
import json
import signal
import subprocess
import urllib.error
import urllib.request

import nats
from servers import free_port, wait_for

SECOND = 1_000_000_000


def event(job_id, steps, **data):
    return {"specversion": "1.0", "id": "e-" + job_id, "source": "/test", "type": "agent.execute",
            "data": {"job_id": job_id, "agent_definition": {"steps": steps}, **data}}


def record(value="done"):
    return {"kind": "record", "key": "k", "value": value}


def wait_step(seconds):
    return {"kind": "wait", "seconds": seconds}


class Worker:
    """One process of the program."""

    def __init__(self, bed, command, **changes):
        self.port, self.log = free_port(), bed.servers.folder / f"{bed.name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, env=bed.environment(PORT=str(self.port), **changes), stderr=log)

    def get(self, path, body=None, **headers):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", body, headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def is_ready(self):
        return self.get("/ready")[0] == 200

    def ready(self):
        wait_for(self.is_ready, "worker ready")
        return self

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(60)


class Bed:
    """A stream, a consumer and their workers, for one case."""

    def __init__(self, servers, program, name, consumer=True):
        self.servers, self.program, self.name = servers, program, name
        self.stream = "S_" + name.upper()
        self.nats = nats.connect(servers.nats.port)
        self.workers = []
        self.status = self.nats.subscribe("agent.status.*")
        if consumer:
            self.make_consumer()

    def environment(self, **changes):
        servers = self.servers
        values = {
            "PORT": "0", "NATS_URL": f"nats://127.0.0.1:{servers.nats.port}", "NATS_STREAM_NAME": self.stream,
            "NATS_CONSUMER_GROUP": "workers", "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(servers.postgres.port),
            "POSTGRES_DB": "postgres", "POSTGRES_USER": "agents", "POSTGRES_PASSWORD": "it's a \\ secret",
            "DRAGONFLY_HOST": "127.0.0.1", "DRAGONFLY_PORT": str(servers.redis.port),
            "DRAGONFLY_PASSWORD": servers.redis.password, "OPENAI_API_KEY": "openai-key", "ANTHROPIC_API_KEY": "anthropic-key",
        } | changes
        return {name: value for name, value in values.items() if value is not None}

    def make_consumer(self):
        self.nats.api(f"STREAM.CREATE.{self.stream}", name=self.stream, subjects=[self.stream + ".>"], retention="workqueue",
                      storage="file")
        self.change_consumer()

    def change_consumer(self, ack_wait=30, max_deliver=5):
        self.nats.api(f"CONSUMER.DURABLE.CREATE.{self.stream}.workers", stream_name=self.stream, config={
            "durable_name": "workers", "ack_policy": "explicit", "ack_wait": int(ack_wait * SECOND),
            "max_deliver": max_deliver, "filter_subject": self.stream + ".>"})

    def make_dead_letters(self):
        self.nats.api(f"STREAM.CREATE.DEAD_{self.name}", name=f"DEAD_{self.name}", subjects=["agent.dead." + self.stream])

    def dead(self):
        return self.nats.messages(f"DEAD_{self.name}")

    def worker(self, command=None, **changes):
        self.workers.append(Worker(self, command or [self.program], **changes))
        return self.workers[-1]

    def publish(self, body, headers=None):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.nats.request(f"{self.stream}.agent.execute.test", data, headers)

    def next_status(self):
        """The next CloudEvent on agent.status.*."""
        subject, _, body = self.status.get(timeout=60)
        found = json.loads(body)
        assert found["type"] == subject and found["specversion"] == "1.0", found
        return found

    def consumer(self):
        return self.nats.api(f"CONSUMER.INFO.{self.stream}.workers")

    def drained(self):
        """Waits until the stream is empty: acknowledged and terminated messages leave it."""
        wait_for(lambda: self.nats.api(f"STREAM.INFO.{self.stream}")["state"]["messages"] == 0, "stream empty")

    def effects(self, job_id):
        return [row[0] for row in self.servers.postgres.query(f"SELECT value FROM effects WHERE job_id = '{job_id}' ORDER BY id")]

    def checkpoints(self, job_id):
        return int(self.servers.postgres.query(f"SELECT count(*) FROM checkpoints WHERE job_id = '{job_id}'")[0][0])

    def logs(self, text):
        return wait_for(lambda: text in (self.servers.folder / f"{self.name}.log").read_text(), f"log: {text}")

    def close(self):
        for worker in self.workers:
            if worker.process.poll() is None:
                worker.end(signal.SIGKILL)
        self.nats.close()


def equal(got, expected):
    assert got == expected, f"\n  got      {got!r}\n  expected {expected!r}"
