# Every verb first sets up what it needs, which takes a moment when there is nothing to do.
PYTHON := .venv/bin/python
JOBS ?= 2
# Two test processes with two threads each are slower than two with one.
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help setup tools demo test lint bench docs site quality models sizes lowest newest clean

help: ## list these verbs
	@awk -F ':.*## ' '/^[a-z ]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install what films need into .venv
	@./setup

tools: ## install what the other verbs need, too
	@./setup --tests

demo: setup ## render scenes/perceptron.py and say where the film is; OPEN=1 shows it
	@.venv/bin/nnanim movie scenes/perceptron.py -ql $(if $(OPEN),--preview)

lint: tools ## style, types and who may import whom
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@.venv/bin/lint-imports --no-logo

test: tools ## lint, then all tests
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m mypy
	@$(PYTHON) -m pytest -n $(JOBS)

bench: tools ## run the benchmarks and write docs/benchmarks.md
	@for file in benchmarks/[!_]*.py; do [ -e "$$file" ] || { echo "there are no benchmarks"; break; }; \
	    echo "== $$file"; $(PYTHON) "$$file" || exit 1; done

docs: tools ## draw the pictures of docs/images and docs/gallery again
	@.venv/bin/nnanim still perceptron --beat split --at middle --out docs/images/perceptron.png
	@.venv/bin/nnanim still attention --out docs/images/attention.png
	@$(PYTHON) tools/direction_pictures.py
	@$(PYTHON) tools/gallery.py

site: tools ## build the documentation as a site in build/site, with films (some minutes the first time)
	@$(PYTHON) -c "import sphinx, furo, myst_parser" 2>/dev/null || $(PYTHON) -m pip install --quiet --constraint constraints.txt --editable '.[site]'
	@$(PYTHON) tools/site.py --films
	@echo "the site: build/site/index.html"

sizes: tools ## the longest modules and functions
	@$(PYTHON) tools/sizes.py

quality: tools ## measure every trained model again and compare with its card (about ten minutes)
	@$(PYTHON) -m nnanim.training.quality --check

models: tools ## train every model again into out/models; stopped, it goes on from where it was (about two and a half hours)
	@$(PYTHON) -m nnanim.training --out out/models

lowest newest: tools ## try the lowest, or the newest, versions of what nnanim needs, in build/
	@$(PYTHON) tools/versions.py $@

clean: ## remove films, caches and build output; .venv stays
	rm -rf media out dist build .pytest_cache .ruff_cache .mypy_cache .import_linter_cache
	find nnanim tests scenes tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
