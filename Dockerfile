# The image that `./dev package` makes without an engine, for those who have one: tests/package/run compares the two.
# For another architecture: docker buildx build --platform linux/arm64 . (emulated, or on a builder of that kind).
FROM debian:bookworm-slim AS build
WORKDIR /src
COPY package/linked package/linked
RUN apt-get update \
  && apt-get install --yes --no-install-recommends \
    ccache cmake g++ ninja-build pkg-config protobuf-compiler protobuf-compiler-grpc $(cat package/linked) \
  && rm -rf /var/lib/apt/lists/*
COPY . .
# With the last two, what another checkout compiled is found if the engine mounts its cache here.
ENV CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=/src CCACHE_SLOPPINESS=locale
RUN --mount=type=cache,id=ccache,target=/root/.cache/ccache cmake --preset static && cmake --build --preset static
RUN mkdir -p /image/licenses \
  && strip -o /image/function-agent-executor build/static/fn/function-agent-executor \
  && cp LICENSE /image/licenses/function-agent-executor \
  && for l in $(cat package/linked); do cp -L "/usr/share/doc/$l/copyright" "/image/licenses/$l"; done

FROM scratch
ARG VERSION=v0.0.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="function-agent-executor" \
      org.opencontainers.image.description="Crossplane composition function for AgentExecutors" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.source="https://github.com/bizmatters/function-agent-executor" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION"
COPY --from=build /image/ /
EXPOSE 9443/tcp 8080/tcp
USER 2000:2000
ENTRYPOINT ["/function-agent-executor"]
