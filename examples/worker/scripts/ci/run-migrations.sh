#!/bin/sh
# What the init container runs, with the worker's image and environment, before the worker starts.
set -eu
exec "${0%/*}/../../agent-worker" migrate
