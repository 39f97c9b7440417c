# The whole program in one image: `egate serve | work | migrate | kiosk`. Checked by tests/packaging.
FROM debian:12-slim AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY requirements.lock requirements-node.lock ./
RUN python3 -m venv /opt/egate \
 && /opt/egate/bin/pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .
RUN python3 -m venv /tmp/node \
 && /tmp/node/bin/pip install --no-cache-dir --require-hashes -r requirements-node.lock \
 && PYTHONPATH=$(echo /tmp/node/lib/python3*/site-packages) /opt/egate/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
 && rm -rf /tmp/node

FROM debian:12-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 libzbar0 tzdata \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 egate \
 && useradd --uid 10001 --gid egate --create-home --home-dir /var/lib/egate --shell /usr/sbin/nologin egate \
 && install -d -o egate -g egate -m 700 /var/lib/egate/demo /var/lib/egate/drop /var/lib/egate/snapshots
COPY --from=build /opt/egate /opt/egate
ENV PATH=/opt/egate/bin:$PATH PYTHONUNBUFFERED=1 EGATE_HOST=0.0.0.0 EGATE_LOG_FORMAT=json
USER 10001:10001
WORKDIR /var/lib/egate
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s CMD ["egate", "health"]
CMD ["egate", "serve"]
