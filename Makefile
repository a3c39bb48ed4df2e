# Everything that people run. Each command installs what it needs; nothing is installed outside this folder.

FUNCTIONS := $(patsubst functions/%/Cargo.toml,%,$(wildcard functions/*/Cargo.toml))
PACKAGES := $(addprefix -p rescind-,$(FUNCTIONS))
PYTHON ?= python3
SETTINGS := settings/settings.yaml
RESCIND := cargo run --quiet --profile quick -p rescind-cli --
VENV := .venv
BIN := $(VENV)/bin
NEXTEST := $(shell command -v cargo-nextest >/dev/null 2>&1 && echo nextest run || echo test)

# How long `second-opinion` runs, unless it is told how many policies to look at.
ifndef SECOND_OPINION_POLICIES
SECOND_OPINION_SECONDS ?= 3600
endif

export SAM_CLI_TELEMETRY := 0
export AWS_DEFAULT_REGION := us-east-1
export PYTHONDONTWRITEBYTECODE := 1

# Runs a command and says how long it took.
timed = @started=$$(date +%s); $(1) && echo "=== $(1): $$(($$(date +%s) - started)) s"

.PHONY: help demo test test-rust test-e2e lint render template settings package measure mutants laws second-opinion bench-scan clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: quick $(VENV)/e2e ## Run the real functions on unsafe events, against an account on this machine
	@$(BIN)/python tests/e2e/demo.py

test: test-rust template test-e2e ## Run all tests, those against moto included

test-rust:
	$(call timed,cargo $(NEXTEST) --workspace)

test-e2e: quick quick-history $(VENV)/e2e ## Run the built functions against moto
	$(BIN)/python -m pytest -c tests/e2e/pytest.ini tests/e2e

lint: ## Check formatting and lints
	$(call timed,cargo fmt --all --check)
	$(call timed,cargo clippy --workspace --all-targets -- -D warnings)

render: ## Write what template.yaml says of the functions anew, from the rows of functions/template.py
	@$(PYTHON) functions/template.py

template: $(VENV)/dev ## Check the template
	$(call timed,$(PYTHON) functions/template.py --check)
	$(call timed,$(BIN)/cfn-lint template.yaml)
	$(call timed,$(BIN)/sam validate --lint --template template.yaml)

settings: ## Check the settings, as the functions would read them
	@$(RESCIND) settings check $(SETTINGS)

package: settings ## Build what is deployed: dist/<function>.zip, and the lockdown policy that the settings ask for
	cargo build --profile dist $(PACKAGES)
	@$(PYTHON) functions/package.py $(FUNCTIONS)
	@$(RESCIND) settings lockdown $(SETTINGS) > dist/.lockdown && mv dist/.lockdown dist/lockdown.json
	@$(RESCIND) settings lockdown $(SETTINGS) --boundary > dist/.lockdown && mv dist/.lockdown dist/lockdown-boundary.json

measure: package $(VENV)/e2e ## Measure what is deployed: start, time, memory, size, calls
	@RESCIND_BINARIES=target/dist $(BIN)/python tests/e2e/measure.py

laws: ## Try on 10,000 random roles that a repair is safe wherever it stops (some minutes)
	$(call timed,RESCIND_ROLES=10000 cargo test -p rescind-guardrails --test laws stops::)
	$(call timed,RESCIND_ROLES=10000 cargo test -p rescind-remediation --lib anywhere::)

mutants: ## Break the analysis in one place at a time: do its tests notice? (half an hour)
	@$(PYTHON) shared/policy/tests/tools/mutants.py

second-opinion: ## Draw requests against the proofs for an hour (SECOND_OPINION_SECONDS, or SECOND_OPINION_POLICIES=100000; SECOND_OPINION_SEED)
	@SECOND_OPINION_SECONDS=$(SECOND_OPINION_SECONDS) cargo test -p rescind-policy --test second_opinion -- --nocapture generated

bench-scan: ## Time and memory of `rescind scan` over generated accounts
	cargo build --release -p rescind-cli
	@$(PYTHON) tests/tools/bench_scan.py target/release/rescind

clean: ## Remove what these commands made, but not what cargo built
	rm -rf $(VENV) dist .aws-sam

.PHONY: quick quick-history
quick:
	$(call timed,cargo build --quiet --profile quick $(PACKAGES))

quick-history:
	$(call timed,cargo build --quiet --profile quick -p rescind-cli -p rescind-aws --bin rescind --example history_conformance)

# Two stamps, so that the demonstration need not wait for the template's checkers.
$(VENV)/e2e: tests/e2e/requirements.txt
	@$(PYTHON) -m venv $(VENV)
	$(call timed,$(BIN)/pip install --quiet --disable-pip-version-check -r tests/e2e/requirements.txt)
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/e2e
	$(call timed,$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt)
	@touch $@
