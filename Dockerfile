# syntax=docker/dockerfile:1
# The libraries are built in one stage; the bot runs in another, without tools, as nobody.
ARG PYTHON=3.13.9

FROM python:${PYTHON}-slim-bookworm AS libraries
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# With those for PostgreSQL and S3: what no setting asks for is never loaded.
COPY requirements.txt requirements-postgresql.txt requirements-s3.txt ./
RUN python -m venv /libraries \
    && /libraries/bin/pip install --requirement requirements.txt \
    --requirement requirements-postgresql.txt --requirement requirements-s3.txt

FROM python:${PYTHON}-slim-bookworm
LABEL org.opencontainers.image.title="Repaint" \
      org.opencontainers.image.description="A Discord bot that repaints pictures with Kling's image API" \
      org.opencontainers.image.licenses="MIT"
ENV PATH=/libraries/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_PATH=/data/repaint.db \
    PICTURES_PATH=/data/pictures \
    HTTP_PORT=8080 \
    MPLCONFIGDIR=/tmp/matplotlib
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin repaint \
    && install --directory --owner=repaint --group=repaint --mode=0700 /data
COPY --from=libraries /libraries /libraries
WORKDIR /app
COPY bot.py LICENSE ./
COPY cogs ./cogs
COPY services ./services
COPY sandbox ./sandbox
COPY data/models.toml data/styles.toml ./data/
COPY data/locales ./data/locales
USER 10001:10001
VOLUME /data
HEALTHCHECK --interval=60s --timeout=10s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=8)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "bot.py"]
CMD ["run"]
