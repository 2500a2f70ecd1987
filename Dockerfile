# The service in a container: an unprivileged user, a read-only root file system, everything that lasts in /data.

FROM python:3.11-slim-bookworm AS builder

WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore

# Before the sources, so that a change of the code installs nothing anew. Only wheels: no package's set-up code runs here.
# What compiles, a C compiler with it, stays here: only /opt/dedupsvc goes on.
COPY requirements.lock requirements-compile.lock ./
RUN python -m venv --without-pip /opt/dedupsvc \
    && pip --python /opt/dedupsvc/bin/python install \
        --no-deps --only-binary :all: --require-hashes --requirement requirements.lock \
    && pip --python /opt/dedupsvc/bin/python install --target compiler \
        --no-deps --only-binary :all: --require-hashes --requirement requirements-compile.lock

# What built the wheel is not needed to run it.
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY .ci/compile_hook.py .ci/
COPY alembic alembic
COPY src src
RUN DEDUPSVC_COMPILE=1 PYTHONPATH=compiler /opt/dedupsvc/bin/python -m hatchling build --target wheel --directory dist \
    && pip --python /opt/dedupsvc/bin/python install --no-deps --no-index dist/*.whl \
    && pip --python /opt/dedupsvc/bin/python uninstall --yes hatchling trove-classifiers


FROM python:3.11-slim-bookworm

LABEL org.opencontainers.image.title="dedupsvc" \
      org.opencontainers.image.licenses="Apache-2.0"

# Nothing here installs anything any more. The user has a fixed number, so that a mounted folder can be given to it.
RUN pip uninstall --yes --root-user-action ignore setuptools wheel pip \
    && rm -r /usr/local/lib/python3.11/ensurepip \
    && useradd --uid 10001 --user-group --no-create-home --home-dir /data --shell /usr/sbin/nologin dedupsvc \
    && install --directory --owner dedupsvc --group dedupsvc --mode 0700 /data

COPY --from=builder /opt/dedupsvc /opt/dedupsvc

# The settings' relative paths (database, key, uploads) begin in the working directory; temporary files go there, too.
ENV PATH=/opt/dedupsvc/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    TMPDIR=/data
WORKDIR /data
VOLUME ["/data"]
USER 10001:10001
EXPOSE 8000

# 200 from /readyz: the database answers and has the newest schema. urlopen raises for anything else.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["/opt/dedupsvc/bin/python", "-c", "from urllib.request import ProxyHandler, build_opener; build_opener(ProxyHandler({})).open('http://127.0.0.1:8000/readyz', timeout=4)"]

ENTRYPOINT ["dedupsvc"]
CMD ["serve", "--migrate", "--host", "0.0.0.0", "--port", "8000"]
