# The daily round: `make run`, `make check`, `make fix`, `make test`. Needs Python 3.11 or newer; the rest it installs.

PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
SOURCES := services gateway deploy tests migrations

.PHONY: run stop status test fix lock bench chaos migration clean
.PHONY: check check-style check-format check-types check-imports check-tree

run: .venv/run.stamp
	@$(PY) -m deploy.cli run

stop: .venv/run.stamp
	@$(PY) -m deploy.cli stop

status: .venv/run.stamp
	@$(PY) -m deploy.cli status

test: .venv/dev.stamp
	$(PY) -m pytest -q $(t)

# Changes nothing. `make -k check` goes on after the first complaint.
check: check-style check-format check-types check-imports check-tree

check-style: .venv/dev.stamp
	$(PY) -m ruff check --no-fix .

check-format: .venv/dev.stamp
	$(PY) -m ruff format --check .

check-types: .venv/dev.stamp
	$(PY) -m mypy services gateway deploy

check-imports: .venv/dev.stamp
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()" --no-logo

check-tree: .venv/dev.stamp
	$(PY) -m deploy.cli check

fix: .venv/dev.stamp
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: .venv/dev.stamp
	$(PY) -m tests.bench

# Kills every process again and again while people write: nothing acknowledged is lost or doubled.
chaos: .venv/dev.stamp
	$(PY) -m tests.chaos $(seconds)

migration: .venv/dev.stamp
	@$(PY) -m deploy.cli migration "$(s)" "$(m)"

# The newest releases, with hashes and without addresses. uv.lock names an address for every file and stays here.
lock: .venv/dev.stamp
	$(PY) -m uv --no-config lock --quiet --upgrade
	$(PY) -m uv --no-config export --quiet --frozen --no-header --no-annotate --no-emit-project --no-dev -o requirements/run.txt
	$(PY) -m uv --no-config export --quiet --frozen --no-header --no-annotate --no-emit-project -o requirements/dev.txt

# Leaves var/ alone: it holds the data and its keys.
clean:
	@test ! -x $(PY) || $(PY) -m deploy.cli stop
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements/run.txt
	@$(make_venv)
	@echo "· 安装运行所需的库"
	@$(PIP) -r requirements/run.txt
	@touch $@

.venv/dev.stamp: requirements/dev.txt
	@$(make_venv)
	@echo "· 安装开发所需的库"
	@$(PIP) -r requirements/dev.txt
	@touch .venv/run.stamp $@

# The first Python that is new enough; PYTHON names another.
define make_venv
for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
  if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
    exec "$$python" -m venv .venv; \
  fi; \
done; \
echo "找不到带 venv 的 Python 3.11 或更新的版本。请安装它（Debian：python3 与 python3-venv），或用 PYTHON=… 指定。" >&2; exit 1
endef
