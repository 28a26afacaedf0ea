# make course   run the notebooks on embedded data       LESSON=06 DATA=oxford WEIGHTS=file
# make lab      open them in JupyterLab
# make test     what the continuous integration runs     LESSON=06
# make assignments | grade SUBMITTED=folder | slides | syllabus    for instructors: see
#               lessons/instructors.md
# make progress which exercises you have solved
# make address ADDRESS=https://github.com/owner/name    where the course is published
# make notebooks | data | weights | bench | test-processors | test-faults    for
#               authors: see CONTRIBUTING.md

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$p && exit; done; echo python3)
RUN = .venv/bin/python

.PHONY: ready course lab test assignments grade slides syllabus progress notebooks \
	data weights bench address test-processors test-faults
course lab test assignments grade slides syllabus progress notebooks data weights \
	bench address test-processors test-faults: ready

ready:
	@$(PYTHON) set_up.py

course:
	@$(RUN) -m tools.course $(if $(LESSON),--lesson "$(LESSON)") \
		$(if $(DATA),--data "$(DATA)") $(if $(WEIGHTS),--weights "$(WEIGHTS)")

lab:
	$(RUN) -m jupyterlab --ServerApp.ip=127.0.0.1 --notebook-dir=notebooks \
		$(if $(filter 0,$(shell id -u 2>&1)),--allow-root)

test:
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m pytest -n 2 --dist loadgroup $(if $(LESSON),--lesson "$(LESSON)")

test-processors:
	@$(RUN) -m tools.authors.processors $(LESSON)

test-faults:
	@$(RUN) -m tools.authors.processors --faults

assignments:
	@$(RUN) -m tools.classroom.assignments $(if $(LESSON),--lesson "$(LESSON)")

grade:
	@$(RUN) -m tools.classroom.grading "$(SUBMITTED)" \
		$(if $(LESSON),--lesson "$(LESSON)") \
		$(if $(PROCESSES),--processes $(PROCESSES))

slides:
	@$(RUN) -m tools.authors.slides $(if $(LESSON),--lesson "$(LESSON)")

syllabus:
	@$(RUN) -m tools.authors.syllabus

progress:
	@$(RUN) -m tools.progress

notebooks:
	$(RUN) -m tools.authors.build

address:
	@$(RUN) -m tools.authors.address "$(ADDRESS)"

data:
	$(RUN) -m data.make
	$(RUN) -m data.report

weights:
	$(RUN) -m data.pretrain

bench:
	$(RUN) -m benchmarks.pets_recipe $(if $(DATA),--data "$(DATA)") \
		$(if $(WEIGHTS),--weights "$(WEIGHTS)")
	$(RUN) -m benchmarks.metrics
	$(RUN) -m benchmarks.fcn_order $(if $(DATA),--data "$(DATA)")
	$(RUN) -m benchmarks.pipeline
	$(RUN) -m benchmarks.augmentation
	$(RUN) -m benchmarks.boxes
	$(RUN) -m benchmarks.sliding_window
	$(RUN) -m benchmarks.grading
