#!/usr/bin/env python3
"""YAML work of the parity test.

documents.py canonical FILE                       one JSON document per line, events sorted
documents.py composed FILE                        the composed resources of a rendered stream
documents.py with-input COMPOSITION [INPUT]       the Composition, its only step with that input
documents.py functions COMPOSITION ADDRESS        a Development function for each step
documents.py fatal FILE                           the FATAL message in what a program said, line by line
"""
import json
import sys

import yaml


class Loader(yaml.SafeLoader):
    """Leaves times as text, as Kubernetes does."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(path):
    with open(path, encoding="utf-8") as stream:
        return [document for document in yaml.load_all(stream, Loader) if document]


def is_event(document):
    return document["kind"] == "Result"


def canonical(path):
    documents = load(path)
    objects = [json.dumps(d, sort_keys=True, indent=1) for d in documents if not is_event(d)]
    # Crossplane walks a Go map for its own events, so their order differs from run to run.
    events = sorted(json.dumps(d, sort_keys=True, indent=1) for d in documents if is_event(d))
    print("\n".join(objects + events))


def composed(path):
    print(yaml.safe_dump_all(d for d in load(path)[1:] if not is_event(d)), end="")


def with_input(path, input_path=None):
    composition = load(path)[0]
    if input_path:
        composition["spec"]["pipeline"][0]["input"] = load(input_path)[0]
    print(yaml.safe_dump(composition), end="")


def functions(path, address):
    for step in load(path)[0]["spec"]["pipeline"]:
        annotations = {"render.crossplane.io/runtime": "Development",
                       "render.crossplane.io/runtime-development-target": address}
        print("---\n" + yaml.safe_dump({
            "apiVersion": "pkg.crossplane.io/v1", "kind": "Function",
            "metadata": {"name": step["functionRef"]["name"], "annotations": annotations},
            "spec": {"package": "example.org/function:v0.0.0"}}), end="")


def fatal(path):
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    _, found, message = text.partition("returned a fatal result:")
    if not found:
        sys.exit(f"no fatal result: {text}")
    print("\n".join(line.strip() for line in message.strip().splitlines()))


COMMANDS = {"canonical": canonical, "composed": composed, "with-input": with_input, "functions": functions,
            "fatal": fatal}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
