# Production image: one image, three commands (web, worker, beat; see docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
WORKDIR /app
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir "uv==0.13.*"
COPY pyproject.toml requirements.lock ./
# Runtime dependencies only, at the versions and hashes of the lock.
RUN /venv/bin/uv pip install --no-cache --system-certs --python /venv/bin/python \
        -r pyproject.toml -c requirements.lock \
    && /venv/bin/uv pip uninstall --python /venv/bin/python uv
COPY . .
RUN for po in $(find locale -name '*.po'); do /venv/bin/pybabel compile -i "$po" -o "${po%.po}.mo"; done \
    && SECRET_KEY=unused DJANGO_SETTINGS_MODULE=mall.settings.base /venv/bin/python manage.py collectstatic --no-input

FROM python:3.11-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends fonts-noto-cjk \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home mall \
    && install -d -o mall -g mall /app /app/var /app/var/media
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 DJANGO_SETTINGS_MODULE=mall.settings.prod PORT=8000
COPY --from=build /venv /venv
COPY --from=build --chown=mall:mall /app /app
WORKDIR /app
USER mall
EXPOSE 8000
CMD ["sh", "-c", "exec gunicorn mall.wsgi:application --bind 0.0.0.0:$PORT --workers 2 --threads 4 --access-logfile -"]
