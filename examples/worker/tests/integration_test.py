#!/usr/bin/python3
"""The worker against real NATS, Redis and PostgreSQL: integration_test.py PROGRAM [CASE...]

TOOLS in the environment is the folder of the program nats-server, IMAGE an image of package/worker-image. Prints `ok NAME` or `not ok NAME` for each case.
"""
import faulthandler
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback

import nats
from bed import Bed, equal, event, record, wait_step
from servers import Servers, free_port, wait_for

CASES = []


def case(function):
    CASES.append(function)
    return function


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


@case
def resumes_after_a_crash(bed):
    bed.change_consumer(ack_wait=1)
    first = bed.worker().ready()
    bed.publish(event("crash-1", [record("once"), wait_step(30), record("twice")]))
    wait_for(lambda: bed.checkpoints("crash-1") == 1, "first step saved")
    first.end(signal.SIGKILL)
    bed.servers.postgres.query("INSERT INTO checkpoints (job_id, step, output) VALUES ('crash-1', 1, '30')")  # no need to wait
    bed.worker()
    equal(bed.next_status()["data"]["outputs"], {"0": "once", "1": 30, "2": "twice"})
    bed.logs('"msg":"job resumed","job":"crash-1","step":"2"')
    equal(bed.effects("crash-1"), ["once", "twice"])
    bed.drained()


@case
def saves_a_step_and_its_effect_together(bed):
    sql = bed.servers.postgres.query
    sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no effect now'; END $$")
    sql("CREATE TRIGGER refuse BEFORE INSERT ON effects FOR EACH ROW WHEN (NEW.job_id = 'both-1') EXECUTE FUNCTION refuse()")
    bed.worker().ready()
    bed.publish(event("both-1", [record()]))
    bed.logs("no effect now")
    equal((bed.checkpoints("both-1"), bed.effects("both-1")), (0, []))
    sql("DROP TRIGGER refuse ON effects")
    equal(bed.next_status()["type"], "agent.status.completed")
    equal((bed.checkpoints("both-1"), bed.effects("both-1")), (1, ["done"]))


@case
def answers_a_finished_job_again(bed):
    bed.worker().ready()
    bed.publish(event("again-1", [record()]))
    first = bed.next_status()
    bed.publish(event("again-1", [record()]))
    equal(bed.next_status(), first)
    bed.drained()
    equal(bed.effects("again-1"), ["done"])


@case
def buries_poison(bed):
    bed.make_dead_letters()
    bed.worker().ready()
    rows = [
        ("no JSON", b"\x00\xff", "not a CloudEvent: the body is not JSON"),
        ("no CloudEvent", {"job_id": "x"}, "not a CloudEvent: no specversion"),
        ("no job", event("x", []) | {"data": {}}, "not a job: no job_id"),
        ("unknown step", event("poison-1", [{"kind": "shell"}]),
         "agent_definition.steps[0].kind: must be one of chat, record, template, wait"),
        ("no value at run time", event("poison-2", [record(), {"kind": "template", "text": "{{input.a}}"}]),
         "{{input.a}} has no value"),
        ("what PostgreSQL cannot hold", event("poison-3", [record("\0")]), "cannot save the step"),
    ]
    for reason, body, _ in rows:
        bed.publish(body, {"Tenant": reason, "Nats-Msg-Id": reason})
    bed.drained()
    dead = bed.dead()
    equal(len(dead), len(rows))
    for number, ((reason, body, why), (_, headers, data)) in enumerate(zip(rows, dead), 1):
        assert headers["Dead-Reason"].startswith(why), (reason, headers)
        equal((headers["Dead-Subject"], headers["Dead-Stream-Sequence"], headers["Dead-Deliveries"], headers["Tenant"]),
              (bed.stream + ".agent.execute.test", str(number), "1", reason))
        equal(data, body if isinstance(body, bytes) else json.dumps(body).encode())
    for job_id in "poison-1", "poison-2", "poison-3":
        status = bed.next_status()
        equal((status["type"], status["subject"]), ("agent.status.failed", job_id))
    equal(bed.servers.postgres.query("SELECT job_id, status FROM jobs WHERE job_id LIKE 'poison-%' ORDER BY 1"),
          [["poison-1", "failed"], ["poison-2", "failed"], ["poison-3", "failed"]])
    equal(bed.effects("poison-2"), ["done"])


@case
def keeps_poison_that_nobody_takes(bed):
    bed.worker().ready()
    bed.publish(b"poison")
    bed.logs("no stream takes agent.dead." + bed.stream)
    bed.make_dead_letters()
    bed.drained()
    equal([data for _, _, data in bed.dead()], [b"poison"])
    assert int(bed.dead()[0][1]["Dead-Deliveries"]) >= 2


@case
def retries_a_transient_fault(bed):
    bed.worker().ready()
    chat = bed.servers.chat
    chat.script[:] = [(503, {"Retry-After": "0"})] * 4  # all attempts of the first delivery
    bed.publish(event("transient-1", [record(), {"kind": "chat", "model": "m", "prompt": "hi", "base_url": chat.url}]))
    equal(bed.next_status()["data"]["outputs"]["1"], "echo: hi")
    bed.logs("cannot complete the chat: HTTP status 503")
    bed.drained()
    equal(bed.consumer()["delivered"]["consumer_seq"], 2)
    equal(bed.effects("transient-1"), ["done"])


@case
def buries_a_fault_that_outlasts_the_last_delivery(bed):
    bed.change_consumer(max_deliver=2)
    bed.make_dead_letters()
    bed.worker().ready()
    chat = bed.servers.chat
    chat.script[:] = [(500, {"Retry-After": "0"})] * 8
    body = event("last-1", [{"kind": "chat", "model": "m", "prompt": "hi", "base_url": chat.url}])
    bed.publish(body)
    bed.drained()
    (_, headers, data), = bed.dead()
    equal((headers["Dead-Reason"], headers["Dead-Deliveries"]), ("cannot complete the chat: HTTP status 500", "2"))
    equal(json.loads(data), body)
    equal(bed.next_status()["type"], "agent.status.failed")
    bed.publish(body)  # sent again by hand, it goes on
    equal(bed.next_status()["type"], "agent.status.completed")


@case
def asks_a_busy_model_again(bed):
    bed.worker().ready()
    chat = bed.servers.chat
    chat.script[:] = [(429, {"Retry-After": "0"}), (429, {"Retry-After": "0"})]
    before = len(chat.requests)
    bed.publish(event("busy-1", [{"kind": "chat", "model": "m", "prompt": "hi", "base_url": chat.url,
                                  "provider": "anthropic", "system": "be brief"}]))
    equal(bed.next_status()["type"], "agent.status.completed")
    equal(len(chat.requests) - before, 3)
    equal(chat.requests[-1][1], "Bearer anthropic-key")
    equal(chat.requests[-1][2]["messages"], [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}])
    equal(bed.consumer()["delivered"]["consumer_seq"], 1)


@case
def fails_what_the_model_refuses(bed):
    bed.make_dead_letters()
    bed.worker().ready()
    chat = bed.servers.chat
    chat.script[:] = [(400, {})]
    bed.publish(event("refused-1", [{"kind": "chat", "model": "m", "prompt": "hi", "base_url": chat.url}]))
    status = bed.next_status()
    equal((status["type"], status["data"]["error"]), ("agent.status.failed", "cannot complete the chat: HTTP status 400"))
    bed.drained()
    equal(len(bed.dead()), 1)


@case
def two_workers_do_not_share_a_job(bed):
    """The first one is frozen, so its message is delivered to the second while its lock is held."""
    bed.change_consumer(ack_wait=0.5)
    first = bed.worker().ready()
    bed.publish(event("shared-1", [record(), wait_step(1), record("end")]))
    wait_for(lambda: bed.checkpoints("shared-1") == 1, "first step saved")
    first.process.send_signal(signal.SIGSTOP)
    second = bed.worker()
    wait_for(lambda: bed.consumer()["num_redelivered"] == 1, "delivered again")
    wait_for(lambda: "agent_worker_jobs_in_flight 1\n" in second.get("/metrics")[1], "second has it")
    equal(bed.checkpoints("shared-1"), 1)
    first.process.send_signal(signal.SIGCONT)
    equal(bed.next_status(), bed.next_status())
    bed.drained()
    equal(bed.effects("shared-1"), ["done", "end"])


@case
def a_job_in_other_hands_is_no_dead_letter(bed):
    """Even on the last delivery: the worker that has the job will acknowledge it."""
    bed.change_consumer(ack_wait=0.5, max_deliver=2)
    bed.make_dead_letters()
    first = bed.worker().ready()
    bed.publish(event("hands-1", [record(), wait_step(1)]))
    wait_for(lambda: bed.checkpoints("hands-1") == 1, "first step saved")
    first.process.send_signal(signal.SIGSTOP)
    second = bed.worker()
    wait_for(lambda: "agent_worker_jobs_in_flight 1\n" in second.get("/metrics")[1], "second has it")
    equal(second.end(), 0)
    first.process.send_signal(signal.SIGCONT)
    equal(bed.next_status()["type"], "agent.status.completed")
    bed.drained()
    equal(bed.dead(), [])


@case
def beats_while_it_works(bed):
    bed.change_consumer(ack_wait=1)
    for worker in [bed.worker(), bed.worker()]:  # one of them is free to take what is delivered again
        worker.ready()
    bed.publish(event("beat-1", [wait_step(3)]))
    bed.next_status()
    bed.drained()
    equal(bed.consumer()["delivered"]["consumer_seq"], 1)


@case
def ends_at_once_when_idle(bed):
    worker = bed.worker()
    bed.logs("serving")
    equal(worker.end(), 0)


@case
def drains_on_sigterm(bed):
    worker = bed.worker().ready()
    bed.publish(event("drain-1", [record("a"), wait_step(2), record("b")]))
    wait_for(lambda: bed.checkpoints("drain-1") == 1, "first step saved")
    worker.process.send_signal(signal.SIGTERM)
    bed.publish(event("drain-2", [record()]))
    wait_for(lambda: worker.get("/ready")[0] == 503, "not ready")
    equal(worker.get("/health")[0], 200)
    equal(worker.process.wait(30), 0)
    equal(bed.effects("drain-1"), ["a", "b"])
    info = bed.consumer()
    equal((info["num_pending"], info["num_ack_pending"]), (1, 0))  # drain-2 waits for another worker


@case
def loses_and_repeats_nothing_when_workers_are_killed(bed):
    bed.change_consumer(ack_wait=1, max_deliver=-1)
    jobs, kills = [f"kill-{number}" for number in range(60)], 15
    chance = random.Random(1)
    workers = [bed.worker() for _ in range(3)]
    for job in jobs:
        bed.publish(event(job, [record("a"), wait_step(0.1), record("b"), wait_step(0.1), record("c")]))
    checkpoints = "SELECT count(*) FROM checkpoints WHERE job_id LIKE 'kill-%'"
    for kill in range(1, kills + 1):
        goal = kill * 5 * len(jobs) // (kills + 1)
        wait_for(lambda least=goal: int(bed.servers.postgres.query(checkpoints)[0][0]) >= least, f"{goal} steps")
        victim = workers.pop(chance.randrange(len(workers)))
        equal(victim.end(signal.SIGKILL), -signal.SIGKILL)
        workers.append(bed.worker())
    bed.drained()
    for job in jobs:
        equal((job, bed.effects(job)), (job, ["a", "b", "c"]))
    equal({bed.next_status()["subject"] for _ in range(bed.status.qsize())}, set(jobs))
    assert bed.servers.postgres.query("SELECT count(*) FROM jobs WHERE job_id LIKE 'kill-%' AND status = 'completed'") == [["60"]]


@case
def survives_restarts(bed):
    bed.change_consumer(ack_wait=2, max_deliver=-1)
    worker = bed.worker().ready()
    jobs = 0
    for server in bed.servers.all:
        for body in ([wait_step(0.5), record()], [record()]):
            jobs += 1
            bed.publish(event(f"restart-{jobs}", body))
        wait_for(lambda n=jobs: bed.servers.postgres.query(f"SELECT 1 FROM jobs WHERE job_id = 'restart-{n - 1}'"), "job begun")
        server.stop()
        wait_for(lambda: worker.get("/ready")[0] == 503, "not ready")
        equal(worker.get("/health")[0], 200)
        server.start()
        if server is bed.servers.nats:
            bed.nats = nats.connect(server.port)
        worker.ready()
        bed.drained()
    for number in range(1, jobs + 1):
        equal((number, bed.effects(f"restart-{number}")), (number, ["done"]))


@case
def an_outage_costs_no_deliveries(bed):
    postgres, redis = bed.servers.postgres, bed.servers.redis
    worker = bed.worker().ready()
    redis.stop()
    wait_for(lambda: worker.get("/ready")[0] == 503, "not ready")
    bed.publish(event("outage-1", [record()]))

    def looked():
        return postgres.query("SELECT query_start FROM pg_stat_activity WHERE application_name = 'agent-worker'")

    for _ in range(3):  # it could have fetched by now
        before = looked()
        wait_for(lambda seen=before: looked() != seen, "the worker looks again")
    redis.start()
    equal(bed.next_status()["type"], "agent.status.completed")
    bed.drained()
    equal(bed.consumer()["delivered"]["consumer_seq"], 1)


@case
def waits_for_its_consumer(bed):
    bed.nats.api(f"STREAM.DELETE.{bed.stream}")
    worker = bed.worker()
    wait_for(lambda: '"postgres":true' in worker.get("/ready")[1], "PostgreSQL seen")
    equal(worker.get("/ready")[0], 503)
    assert '"consumer":false,"dragonfly":true,"draining":false,"nats":true' in worker.get("/ready")[1]
    bed.make_consumer()
    worker.ready()
    bed.publish(event("late-1", [record()]))
    equal(bed.next_status()["type"], "agent.status.completed")


@case
def takes_jobs_by_http(bed):
    worker = bed.worker().ready()
    structured = json.dumps(event("http-1", [record()])).encode()
    binary = json.dumps(event("http-2", [record()])["data"]).encode()
    equal(worker.get("/", structured, **{"Content-Type": "application/cloudevents+json"}), (202, '{"job_id":"http-1"}\n'))
    equal(worker.get("/", binary, **{"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/t", "ce-type": "t"})[0], 202)
    equal({bed.next_status()["subject"], bed.next_status()["subject"]}, {"http-1", "http-2"})
    equal(worker.get("/", b"{}")[0], 400)
    equal(worker.get("/", json.dumps(event("http-3", [{"kind": "no"}])).encode())[0], 400)
    bed.drained()


@case
def takes_binary_mode(bed):
    bed.worker().ready()
    bed.publish(event("binary-1", [record()])["data"],
                {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/t", "ce-type": "agent.execute"})
    equal(bed.next_status()["subject"], "binary-1")


@case
def stores_events_where_a_stream_takes_them(bed):
    bed.nats.api("STREAM.CREATE.STATUS", name="STATUS", subjects=["agent.status.>"])
    try:
        bed.worker().ready()
        for _ in range(2):
            bed.publish(event("stored-1", [record()]))
        bed.drained()
        equal([(s, h["Nats-Msg-Id"]) for s, h, _ in bed.nats.messages("STATUS")],
              [("agent.status.completed", "stored-1/completed")])
    finally:
        bed.nats.api("STREAM.DELETE.STATUS")


@case
def migrates_twice_and_at_once(bed):
    bed.servers.postgres.query("CREATE DATABASE fresh")
    command = ["/bin/sh", "-c", "scripts/ci/run-migrations.sh"]
    environment = bed.environment(POSTGRES_DB="fresh")
    with tempfile.TemporaryDirectory() as root:  # as in the image
        (pathlib.Path(root) / "scripts/ci").mkdir(parents=True)
        os.symlink(bed.program, f"{root}/agent-worker")
        shutil.copy(pathlib.Path(__file__).parents[1] / "scripts/ci/run-migrations.sh", f"{root}/scripts/ci")
        runs = [subprocess.Popen(command, cwd=root, env=environment, stderr=subprocess.PIPE) for _ in range(4)]
        equal([(run.communicate()[1], run.returncode)[1] for run in runs], [0] * 4)
        equal(subprocess.run(command, cwd=root, env=environment, stderr=subprocess.DEVNULL).returncode, 0)
    worker = bed.worker(POSTGRES_DB="fresh").ready()
    bed.publish(event("fresh-1", [record()]))
    equal(bed.next_status()["type"], "agent.status.completed")
    equal(worker.end(), 0)


@case
def runs_in_its_image(bed):
    """As in the composed pod: nothing but the image, whose files the user cannot change, and no privilege."""
    if "IMAGE" not in os.environ or os.getuid() != 0:
        return "needs root, and IMAGE"
    bed.servers.postgres.query("CREATE DATABASE image")
    root = bed.servers.folder / "image"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xf", os.environ["IMAGE"]], check=True)
    manifest, = json.loads((root / "manifest.json").read_text())
    config = json.loads((root / manifest["Config"]).read_text())["config"]
    subprocess.run(["tar", "-C", root, "-xf", root / manifest["Layers"][0]], check=True)
    environment = bed.environment(POSTGRES_DB="image")

    def inside(command):
        return ["/usr/sbin/chroot", f"--userspec={config['User']}", root, "/bin/sh", "-c", f"cd {config['WorkingDir']} && exec {command}"]

    subprocess.run(inside("/bin/sh -c scripts/ci/run-migrations.sh"), env=environment, check=True, stderr=subprocess.DEVNULL)
    worker = bed.worker(inside(config["Entrypoint"][0]), POSTGRES_DB="image").ready()
    bed.publish(event("image-1", [record()]))
    equal(bed.next_status()["type"], "agent.status.completed")
    equal(worker.end(), 0)
    return None


@case
def finds_the_server_that_is_up(bed):
    bed.worker(NATS_URL=f"nats://127.0.0.1:{free_port()},nats://127.0.0.1:{bed.servers.nats.port}").ready()


@case
def names_every_missing_variable(bed):
    names = ["PORT", "NATS_URL", "NATS_STREAM_NAME", "NATS_CONSUMER_GROUP", "POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB",
             "POSTGRES_USER", "POSTGRES_PASSWORD", "DRAGONFLY_HOST", "DRAGONFLY_PORT", "DRAGONFLY_PASSWORD",
             "OPENAI_API_KEY", "ANTHROPIC_API_KEY"]
    for command in "serve", "migrate":
        run = subprocess.run([bed.program, command], env={}, stderr=subprocess.PIPE, text=True)
        equal(run.returncode, 1)
        equal(json.loads(run.stderr)["msg"],
              "cannot read the environment: " + ", ".join(f"{name} is not set" for name in names))


@case
def keeps_secrets_out_of_its_log(bed):
    bed.worker(OPENAI_API_KEY="s3cret-key", DRAGONFLY_PASSWORD="s3cret-word", POSTGRES_PASSWORD="s3cret-pass")
    bed.logs("serving")
    bed.logs('"to":"PostgreSQL"')
    bed.workers[0].end(signal.SIGKILL)
    assert "s3cret" not in (bed.servers.folder / f"{bed.name}.log").read_text()


def main():
    program = os.path.abspath(sys.argv[1])
    chosen = [c for c in CASES if len(sys.argv) == 2 or c.__name__ in sys.argv[2:]]
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that no server outlives the test
    faulthandler.dump_traceback_later(900, exit=True)  # a test that hangs says where
    with tempfile.TemporaryDirectory() as folder:
        servers = Servers(folder)
        try:
            subprocess.run([program, "migrate"], env=Bed(servers, program, "migrate", consumer=False).environment(), check=True,
                           stderr=subprocess.DEVNULL)
            for function in chosen:
                bed = Bed(servers, program, function.__name__)
                try:
                    skipped = function(bed)
                    print("skipped" if skipped else "ok", function.__name__, skipped or "", flush=True)
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
