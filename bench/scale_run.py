"""scale_run.py COUNT FILE POLLING: creates COUNT AgentExecutors of the Composition `bench-scale` at once, 100 in a namespace, and
adds to FILE (JSON) what was seen until all were ready. POLLING, its pollingInterval in seconds, is kept with it.

Environment: API (the API server's address), PKI (the folder of its admin's certificate), NETNS (the network namespace whose
processes are measured), LIMIT (seconds).
"""
import concurrent.futures
import collections
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import time
import urllib.parse

COMPOSITION = LABEL = "bench-scale"
PER_NAMESPACE = 100
EXECUTORS = "/apis/platform.bizmatters.io/v1alpha1/agentexecutors"  # of all namespaces
FUNCTION, CORE = "function-agent-executor", "crossplane-core"
TICKS = os.sysconf("SC_CLK_TCK")
SECRETS = {
    "postgres-connection": ["POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD"],
    "dragonfly-connection": ["DRAGONFLY_HOST", "DRAGONFLY_PORT", "DRAGONFLY_PASSWORD"],
    "llm-keys": ["OPENAI_API_KEY", "ANTHROPIC_API_KEY"],
}

local = threading.local()


def connect():
    pki = os.environ["PKI"]
    context = ssl.create_default_context(cafile=f"{pki}/ca.crt")
    context.load_cert_chain(f"{pki}/admin.crt", f"{pki}/admin.key")
    return http.client.HTTPSConnection(urllib.parse.urlsplit(os.environ["API"]).netloc, context=context)


def call(method, path, body=None):
    """The answer's text, by this thread's own connection."""
    if not hasattr(local, "connection"):
        local.connection = connect()
    local.connection.request(method, path, body and json.dumps(body), {"Content-Type": "application/json"})
    answer = local.connection.getresponse()
    text = answer.read().decode()
    if answer.status >= 300:
        raise RuntimeError(f"cannot {method} {path}: {text}")
    return text


def create(path, api_version, kind, name, **rest):
    metadata = {"name": name, **rest.pop("metadata", {})}
    call("POST", path, {"apiVersion": api_version, "kind": kind, "metadata": metadata, **rest})


def namespace_of(i):
    return f"bench-scale-{i // PER_NAMESPACE}"


def create_namespace(name):
    create("/api/v1/namespaces", "v1", "Namespace", name, metadata={
        "labels": {"pod-security.kubernetes.io/enforce": "restricted", LABEL: "true"},
        "annotations": {  # tests/controlplane/manifests/kwok.yaml
            "scheduler.alpha.kubernetes.io/node-selector": "type=kwok",
            "scheduler.alpha.kubernetes.io/defaultTolerations": '[{"key": "kwok.x-k8s.io/node", "operator": "Exists"}]'}})
    for secret, keys in SECRETS.items():
        create(f"/api/v1/namespaces/{name}/secrets", "v1", "Secret", secret, stringData={key: "example" for key in keys})


def is_ready(executor):
    return any(c["type"] == "Ready" and c["status"] == "True" for c in executor.get("status", {}).get("conditions", []))


class Watch(threading.Thread):
    """Since when each AgentExecutor is ready; those that are not, or no longer, are not in it."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ready = {}
        self.version = json.loads(call("GET", EXECUTORS))["metadata"]["resourceVersion"]

    def run(self):
        while True:
            connection = connect()
            connection.request("GET", f"{EXECUTORS}?watch=1&labelSelector={LABEL}&resourceVersion={self.version}&timeoutSeconds=1800")
            for line in connection.getresponse():
                executor = json.loads(line)["object"]
                self.version = executor["metadata"]["resourceVersion"]
                if is_ready(executor):
                    self.ready.setdefault(executor["metadata"]["name"], time.monotonic())
                else:
                    self.ready.pop(executor["metadata"]["name"], None)


def calls():
    """How often the function was called, by its own metrics."""
    local.connection = connect()  # the API server ends those that were idle for long
    namespace, total = "/api/v1/namespaces/crossplane-system/pods", 0.0
    pods = json.loads(call("GET", f"{namespace}?labelSelector=pkg.crossplane.io/function%3D{FUNCTION}"))["items"]
    for pod in pods:
        for line in call("GET", f"{namespace}/{pod['metadata']['name']}:8080/proxy/metrics").splitlines():
            if line.startswith("grpc_server_started_total"):
                total += float(line.split()[-1])
    return total


def programs():
    """CPU seconds and resident MiB of the platform's processes, by program."""
    used = collections.defaultdict(lambda: {"cpu": 0.0, "rss": 0.0})
    in_netns = subprocess.check_output(["ip", "netns", "pids", os.environ["NETNS"]], text=True).split()
    for root in sorted({*in_netns, *pod_processes()}):
        try:
            name = os.path.basename(pathlib.Path(f"/proc/{root}/cmdline").read_text().split("\0")[0])
            stat = pathlib.Path(f"/proc/{root}/stat").read_text().rpartition(")")[2].split()
            pages = int(pathlib.Path(f"/proc/{root}/statm").read_text().split()[1])
        except OSError:  # it ended
            continue
        used[name]["cpu"] += (int(stat[11]) + int(stat[12])) / TICKS
        used[name]["rss"] = max(used[name]["rss"], pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
    return used


def pod_processes():
    """Pods have network namespaces of their own; what they run is in the node's cgroup."""
    found = set()
    for base in "/sys/fs/cgroup", "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/memory":
        for path in pathlib.Path(base, os.environ["NETNS"]).rglob("cgroup.procs"):
            found.update(path.read_text().split())
    return sorted(found)


def run(count, limit):
    for namespace in sorted({namespace_of(i) for i in range(count)}):
        create_namespace(namespace)
    watch = Watch()
    watch.start()
    calls_before, programs_before = calls(), programs()
    created, start = {}, time.monotonic()

    def one(i):
        name = f"agent-{i}"
        create(EXECUTORS.replace("/agentexecutors", f"/namespaces/{namespace_of(i)}/agentexecutors"),
               "platform.bizmatters.io/v1alpha1", "AgentExecutor", name, metadata={"labels": {LABEL: "true"}}, spec={
                   "crossplane": {"compositionRef": {"name": COMPOSITION}}, "image": "example.org/worker:v1", "size": "micro",
                   "natsStreamName": f"BENCH_SCALE_{i}", "natsConsumerGroup": "workers"})
        created[name] = time.monotonic()

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(count)))
    creation = time.monotonic() - start
    while len(watch.ready) < count and time.monotonic() - start < limit:
        time.sleep(0.2)
        if sys.stderr.isatty():
            print(f"\r{len(watch.ready)} of {count} ready after {time.monotonic() - start:.0f} s", end="", file=sys.stderr)
    print(f"\r{len(watch.ready)} of {count} ready after {time.monotonic() - start:.0f} s", file=sys.stderr)
    wall = time.monotonic() - start
    calls_after, after = calls(), programs()
    cpu = {name: round(used["cpu"] - programs_before[name]["cpu"], 2) for name, used in after.items()}
    ready = dict(watch.ready)
    latency = sorted(ready[name] - created[name] for name in ready)
    return {
        "count": count, "ready": len(latency), "creation": round(creation, 1), "wall": round(wall, 1),
        "latency": [round(max(0, seconds), 2) for seconds in latency],
        "since_start": sorted(round(at - start, 2) for at in ready.values()),
        "calls": round(calls_after - calls_before), "cpu": dict(sorted(cpu.items(), key=lambda item: -item[1])[:12]),
        "function_cpu": cpu.get(FUNCTION, 0), "function_rss": round(after[FUNCTION]["rss"], 1),
        "core_cpu": cpu.get(CORE, 0), "core_rss": round(after[CORE]["rss"], 1),
        "cores": os.cpu_count(), "memory": round(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30),
        "load": os.getloadavg()[0],
    }


def main():
    count, file = int(sys.argv[1]), pathlib.Path(sys.argv[2])
    runs = json.loads(file.read_text()) if file.exists() else []
    result = {**run(count, float(os.environ["LIMIT"])), "polling": int(sys.argv[3])}
    runs = [r for r in runs if r["count"] != count] + [result]
    file.write_text(json.dumps(sorted(runs, key=lambda r: r["count"])) + "\n")


if __name__ == "__main__":
    main()
