# yiqiao: the gateway as a container. Runs as a user without rights; keeps its state in /data.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/yiqiao \
 && /opt/yiqiao/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.lock \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements/dev.lock
COPY pyproject.toml README.md LICENSE ./
COPY gateway gateway
COPY mappings mappings
COPY adapters adapters
COPY consent consent
COPY conformance conformance
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/yiqiao/bin/pip install --no-cache-dir --no-deps --no-index /wheel/*.whl

FROM python:3.12-slim
RUN groupadd --gid 10001 yiqiao \
 && useradd --uid 10001 --gid yiqiao --no-log-init --no-create-home --home-dir /data \
      --shell /usr/sbin/nologin yiqiao \
 && install --directory --owner yiqiao --group yiqiao --mode 0700 /data
COPY --from=build /opt/yiqiao /opt/yiqiao
ENV PATH=/opt/yiqiao/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    YIQIAO_SERVER__HOST=0.0.0.0 \
    YIQIAO_MLLP__HOST=0.0.0.0 \
    YIQIAO_KEYS__DIRECTORY=/data/keys
USER yiqiao
WORKDIR /data
VOLUME /data
EXPOSE 8080 2575
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8080/readyz', timeout=2)"]
ENTRYPOINT ["yiqiao"]
CMD ["serve"]
