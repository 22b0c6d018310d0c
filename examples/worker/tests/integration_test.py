#!/usr/bin/python3
"""The worker against real NATS, Redis and PostgreSQL: integration_test.py PROGRAM [CASE...]

TOOLS in the environment is the folder of the program nats-server. Prints `ok NAME` or `not ok NAME` for each case.
"""
import faulthandler
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import traceback
import urllib.error
import urllib.request

import nats
from servers import Servers, free_port, wait_for

SECOND = 1_000_000_000
CASES = []


def case(function):
    CASES.append(function)
    return function


def event(job_id, steps, **data):
    return {"specversion": "1.0", "id": "e-" + job_id, "source": "/test", "type": "agent.execute",
            "data": {"job_id": job_id, "agent_definition": {"steps": steps}, **data}}


def record(value="done"):
    return {"kind": "record", "key": "k", "value": value}


def wait_step(seconds):
    return {"kind": "wait", "seconds": seconds}


class Worker:
    """One process of the program."""

    def __init__(self, bed, **changes):
        self.port, self.log = free_port(), bed.servers.folder / f"{bed.name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM], env=bed.environment(PORT=str(self.port), **changes), stderr=log)

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

    def __init__(self, servers, name, consumer=True):
        self.servers, self.name = servers, name
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

    def make_consumer(self, ack_wait=30, max_deliver=5):
        self.nats.api(f"STREAM.CREATE.{self.stream}", name=self.stream, subjects=[self.stream + ".>"], retention="workqueue",
                      storage="file")
        self.nats.api(f"CONSUMER.DURABLE.CREATE.{self.stream}.workers", stream_name=self.stream, config={
            "durable_name": "workers", "ack_policy": "explicit", "ack_wait": int(ack_wait * SECOND),
            "max_deliver": max_deliver, "filter_subject": self.stream + ".>"})

    def change_consumer(self, ack_wait=30, max_deliver=5):
        self.nats.api(f"CONSUMER.DURABLE.CREATE.{self.stream}.workers", stream_name=self.stream, config={
            "durable_name": "workers", "ack_policy": "explicit", "ack_wait": int(ack_wait * SECOND),
            "max_deliver": max_deliver, "filter_subject": self.stream + ".>"})

    def make_dead_letters(self):
        self.nats.api(f"STREAM.CREATE.DEAD_{self.name}", name=f"DEAD_{self.name}", subjects=["agent.dead." + self.stream])

    def dead(self):
        return self.nats.messages(f"DEAD_{self.name}")

    def worker(self, **changes):
        self.workers.append(Worker(self, **changes))
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


@case
def completes_a_job(bed):
    progress = bed.servers.redis.subscribe("langgraph:stream:c-1")
    steps = [{"kind": "template", "name": "hello", "text": "Hello {{input.name}}"}, wait_step(0.01),
             {"kind": "chat", "name": "answer", "model": "m", "prompt": "{{steps.hello}}!", "base_url": bed.servers.chat.url},
             record("{{steps.answer}} by {{job_id}}")]
    worker = bed.worker().ready()
    bed.publish(event("c-1", steps, input={"name": "Ada"}))
    status = bed.next_status()
    equal(status["type"], "agent.status.completed")
    equal(status["data"]["outputs"], {"hello": "Hello Ada", "1": 0.01, "answer": "echo: Hello Ada!",
                                      "3": "echo: Hello Ada! by c-1"})
    bed.drained()
    equal(bed.effects("c-1"), ["echo: Hello Ada! by c-1"])
    wait_for(lambda: len(progress) == 5, "5 events on the channel")
    equal([e["event"] for e in progress], ["step"] * 4 + ["end"])
    path, authorization, body = bed.servers.chat.requests[-1]
    equal((path, authorization, body["model"]), ("/v1/chat/completions", "Bearer openai-key", "m"))
    metrics = worker.get("/metrics")[1]
    assert 'agent_worker_jobs_total{result="completed"} 1\n' in metrics, metrics
    assert 'agent_worker_step_duration_seconds_count{kind="chat"} 1\n' in metrics, metrics


def main():
    global PROGRAM  # pylint: disable=global-statement
    PROGRAM = os.path.abspath(sys.argv[1])
    chosen = [c for c in CASES if len(sys.argv) == 2 or c.__name__ in sys.argv[2:]]
    failed = 0
    faulthandler.dump_traceback_later(900, exit=True)  # a test that hangs says where
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(folder)
        try:
            subprocess.run([PROGRAM, "migrate"], env=Bed(servers, "migrate", consumer=False).environment(), check=True,
                           stderr=subprocess.DEVNULL)
            for function in chosen:
                bed = Bed(servers, function.__name__)
                try:
                    function(bed)
                    print("ok", function.__name__, flush=True)
                except Exception:  # pylint: disable=broad-except
                    failed += 1
                    print(f"not ok {function.__name__}\n{traceback.format_exc()}", flush=True)
                    log = pathlib.Path(folder) / f"{function.__name__}.log"
                    print(log.read_text()[-3000:] if log.exists() else "", flush=True)
                finally:
                    bed.close()
        finally:
            servers.stop()
    sys.exit(1 if failed or not chosen else 0)


if __name__ == "__main__":
    main()
