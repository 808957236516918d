# Every entry point of the project. `make help` lists them.
PYTHON ?= python3
VENV := .venv/bin
DEMO := $(VENV)/python -m ops.with_demo

.DEFAULT_GOAL := help
.PHONY: help setup demo demo-reset test test-fast check fmt lint types imports migrate run worker audit bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Create .venv and install the locked dependencies
	@$(PYTHON) -m ops.bootstrap

demo: ## Start the whole shop with demo data on http://127.0.0.1:8000/ (PORT, DATABASE_URL, REDIS_URL override)
	@$(PYTHON) -m ops.demo

demo-reset: ## Delete the demo's data
	@$(PYTHON) -m ops.demo --reset

test: ## Install what is missing, then run every check and every test
	@$(PYTHON) -m ops.test all

test-fast: ## Tests without servers, browsers and races; keeps the test database
	@$(PYTHON) -m ops.test fast

check: ## Format, lint, layers, types, migrations and templates
	@$(PYTHON) -m ops.test check

fmt: setup ## Format code and templates
	@$(VENV)/ruff format . && $(VENV)/ruff check --fix .
	@$(VENV)/djhtml --quiet --tabwidth 2 templates

lint: setup ## Lint only
	@$(VENV)/ruff check . && $(VENV)/ruff format --check .

types: setup ## Type-check only
	@$(VENV)/mypy .

imports: setup ## Check the layers between the apps
	@$(VENV)/lint-imports

migrate: ## Apply migrations to the running demo's database
	@$(DEMO) manage.py migrate

run: ## Django's development server beside the running demo, on port 8001
	@DJANGO_SETTINGS_MODULE=mall.settings.dev $(DEMO) manage.py runserver 8001

worker: ## One more Celery worker beside the running demo
	@$(DEMO) -m celery --app mall worker --loglevel info

audit: ## Recompute ledgers, stock and trees of the running demo; fails on any difference
	@$(DEMO) manage.py audit

bench: setup ## Run every benchmark on a throw-away PostgreSQL with fsync on; figures go to docs/performance.md
	@$(VENV)/python -m benchmarks

clean: ## Delete caches and generated files (keeps .venv and the demo's data)
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache staticfiles var/log var/test
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
