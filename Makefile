.PHONY: setup programs demo demo-stop docs test beside-relay lint unit integration documentation browser relay chaos chaos-quick molecule upgrade bench bench-quick clean
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
export ANSIBLE_HOME := $(CURDIR)/.ansible

setup: .venv/ready  ## make .venv with everything that running and testing need

.venv/ready: requirements.txt requirements.yml .config/install_collections.py
	python3 -m venv .venv
	.venv/bin/pip install --quiet --require-hashes --requirement .config/uv.txt
	.venv/bin/uv pip install --quiet --python .venv/bin/python --compile-bytecode --require-hashes --requirement requirements.txt
	.venv/bin/python .config/install_collections.py
	touch $@

demo: setup demo-stop  ## cameras, a bucket and every job, on an S3 server of its own
	python -m demo.run

demo-stop:  ## end the demo's servers
	@test ! -d demo/run || .venv/bin/python -m demo.stop

test: lint unit  ## everything CI runs; the relay, which waits more than it works, beside the others
	$(MAKE) --jobs=2 --output-sync=target relay beside-relay

beside-relay: programs
	$(MAKE) --jobs=1 integration documentation browser chaos-quick

docs: setup  ## the documentation as a site that works offline, in .cache/site; its generated pages too
	PYTHONPATH=module_utils python -m tests.contracts.reference
	PYTHONPATH=module_utils python -m tests.contracts.costs
	NO_MKDOCS_2_WARNING=1 mkdocs build --quiet
	@echo "Open .cache/site/index.html"

lint: setup
	ruff check . && ruff format --check .
	mypy
	yamllint --strict .
	ansible-lint

unit: setup
	pytest tests/unit tests/contracts -n 2 --dist loadfile

integration: setup programs  ## the jobs, the modules by Ansible, the bucket's users, the viewer's pages
	pytest tests/integration -n 2 --dist loadfile

documentation: setup programs  ## the site builds, and what its pages have one type is run
	pytest tests/documentation -n 2 --dist loadgroup

browser: setup programs  ## the viewer, by a real Chromium
	pytest tests/browser

programs:  ## vsftpd, Chromium and the like, where root on Debian lacks them
	tests/programs

relay: setup programs  ## a bare Debian 12 made into a relay by site.yml, where root may run containers
	tests/molecule/run --if-possible site

molecule: setup  ## the roles, in containers with a real systemd
	tests/molecule/run

upgrade: setup  ## a relay of the last release, or UPGRADE_FROM=ref, becomes one of what is checked out
	tests/molecule/run upgrade

chaos-quick: setup programs  ## the forwarder while everything around it fails, each fault for seconds
	pytest tests/chaos -n 2

chaos: setup programs  ## every fault for 30 s and 5 min, alone and in pairs, power cuts and figures: most of a day
	PYTHONPATH=module_utils python -m tests.chaos --pairs
	PYTHONPATH=module_utils python -m tests.chaos.figures

bench: .venv/bench  ## measure against the peers; an hour on a quiet machine
	tests/programs s3fs
	python -m tests.bench
	PYTHONPATH=module_utils python -m tests.bench.ingest
	PYTHONPATH=module_utils python -m tests.bench.pages
	PYTHONPATH=module_utils python -m tests.bench.footprint

bench-quick: .venv/bench  ## the same in minutes: three rounds, nothing large
	python -m tests.bench --quick

.venv/bench: requirements-bench.txt | setup
	.venv/bin/pip install --quiet --require-hashes --requirement requirements-bench.txt
	touch $@

clean:
	rm -rf .venv .collections .ansible .mypy_cache .pytest_cache .ruff_cache .hypothesis demo/run
