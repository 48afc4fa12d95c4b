# One image serves as web, worker, beat and migrate; docker-compose.yml says which does what.
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PYTHONUTF8=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app

COPY requirements.lock ./
RUN pip install --require-hashes --only-binary=:all: -r requirements.lock

COPY . .
# The key file of this step is thrown away with its folder; the running site gets its keys from outside.
RUN VAR_DIR=/tmp/build COLLECT_STATIC=1 python manage.py collectstatic --noinput && rm -rf /tmp/build \
 && useradd --system --uid 10001 --home-dir /app --no-create-home pension \
 && mkdir -p /data && chown pension:pension /data

USER 10001
ENV VAR_DIR=/data HEART_DIR=/tmp HOST=0.0.0.0 PORT=8000 PRODUCTION=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
  CMD ["python", "scripts/healthy.py", "web"]
CMD ["gunicorn", "-c", "python:pension.gunicorn", "pension.wsgi"]
