# syntax=docker/dockerfile:1
# Built in two stages: pip, the build backend and the sources stay in the first.

FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_ROOT_USER_ACTION=ignore
WORKDIR /src

COPY requirements-build.lock requirements-run.lock ./
RUN pip install --require-hashes --only-binary :all: -r requirements-build.lock \
 && python -m venv --without-pip /opt/waypath \
 && pip --python /opt/waypath/bin/python install --require-hashes --only-binary :all: -r requirements-run.lock

COPY LICENSE README.md pyproject.toml ./
COPY core core
COPY dashboard dashboard
COPY docs/findings.md docs/findings.md
COPY sample_clusters sample_clusters
RUN pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
 && pip --python /opt/waypath/bin/python install --no-deps --no-index /dist/*.whl


FROM python:3.13-slim
LABEL org.opencontainers.image.title="waypath" \
      org.opencontainers.image.description="Where Istio ambient ingress traffic goes, and why" \
      org.opencontainers.image.licenses="Apache-2.0"

# The root filesystem may be read-only: whatever wants a home writes to /tmp, or does without.
ENV PATH=/opt/waypath/bin:$PATH \
    HOME=/tmp \
    XDG_CACHE_HOME=/tmp/.cache \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    STREAMLIT_BROWSER_GATHER_USAGE_STATS=false \
    STREAMLIT_BROWSER_SERVER_ADDRESS=localhost \
    STREAMLIT_SERVER_FILE_WATCHER_TYPE=none \
    STREAMLIT_SERVER_HEADLESS=true

COPY --from=build /opt/waypath /opt/waypath
COPY .streamlit /app/.streamlit
WORKDIR /app

# Numeric, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4).close()"]

# Inside a container all interfaces are the container's own; what reaches them is the runtime's to say.
ENTRYPOINT ["waypath"]
CMD ["dashboard", "--host", "0.0.0.0", "--port", "8501", "--no-browser"]
