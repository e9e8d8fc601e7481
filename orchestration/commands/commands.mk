# Written by `make docs` from orchestration/commands/entries/: do not edit.
.PHONY: accept add-edition audit backup check-manuscript check-package checksums clean completion demo dev diff docs editions export fetch init lake-sql migrate new-data-set new-paper new-source package receipt remove-paper report restore rollback run site snapshots sql status teach tidy try validators verify withdraw

run: $(STAMP) ## use: refresh: landing to published warehouse [AS_OF=…] [FIRST=…] [LAST=…] [PAPER=…]
	@$(ORCHESTRATION) run

accept: $(STAMP) ## yearly: make the current state the baseline of later comparisons: make accept NAME="yearbook 2026"
	@$(ORCHESTRATION) accept

add-edition: $(STAMP) ## yearly: add an edition to a data set, or list one in the catalog of a source: make add-edition SET=penn_world_table EDITION=11.0 [FILE=…] [RELEASED=…] [TITLE=…] [LICENCE=…] [CITATION=…]
	@$(ORCHESTRATION) add-edition

audit: $(STAMP) ## use: check one printed table: whether its numbers can be true together: make audit FILE=table.csv [DECLARE=…] [JSON=…]
	@$(ORCHESTRATION) audit

backup: $(STAMP) ## yearly: write one file with all that cannot be rebuilt: make backup FILE=/mnt/backups/living-panel.tar.gz
	@$(ORCHESTRATION) backup

check-manuscript: $(STAMP) ## use: compare every number of README and manuscripts with its stored value [FILE=…] [OUT=…]
	@$(ORCHESTRATION) check-manuscript

check-package: $(STAMP) ## use: unpack a package elsewhere, estimate its tables by this code, compare every number: make check-package FILE=data/packages/author_2026.zip [RUN=…] [PYTHON=…]
	@$(ORCHESTRATION) check-package

checksums: $(STAMP) ## use: write a paper's CHECKSUMS anew, after proof-reading: make checksums PAPER=author_2026
	@$(ORCHESTRATION) checksums

clean: $(STAMP) ## develop: remove what can be rebuilt; never landing, archive, releases, artifacts
	@$(ORCHESTRATION) clean

completion: $(STAMP) ## use: the script by which a shell completes commands: bash, zsh or fish: make completion SHELL=bash
	@$(ORCHESTRATION) completion

demo: $(STAMP) ## use: a second data root with two simulated releases of known elasticities
	@$(ORCHESTRATION) demo

dev: $(STAMP) ## use: the Dagster UI, on this machine only [PORT=…]
	@$(ORCHESTRATION) dev

diff: $(STAMP) ## yearly: the changes between two states of knowledge, and their causes [FROM=…] [TO=…]
	@$(ORCHESTRATION) diff

docs: $(STAMP) ## develop: dbt's pages of every model, and the generated pages of docs/ anew
	@$(ORCHESTRATION) docs

editions: $(STAMP) ## use: estimate followed tables on each edition of their data set, and publish their paths
	@$(ORCHESTRATION) editions

export: $(STAMP) ## use: write a published table for a paper: terms, digits and style are chosen: make export TABLE=my_table FILE=my_table.tex [STYLE=…] [KEEP=…] [DROP=…] [DIGITS=…] [BLOCK=…]
	@$(ORCHESTRATION) export

fetch: $(STAMP) ## yearly: ask an authority for one edition (needs a network): make fetch SOURCE=statistical_yearbook EDITION=2026 [DRY_RUN=…]
	@$(ORCHESTRATION) fetch

init: $(STAMP) ## use: make a workspace of your own, for papers without the bundled warehouse: make init NAME=my-study
	@$(ORCHESTRATION) init

lake-sql: $(STAMP) ## use: SQL that attaches the lake in a DuckDB shell, for reading
	@$(ORCHESTRATION) lake-sql

migrate: $(STAMP) ## use: rewrite a paper of a former format in today's: make migrate PAPER=author_2026
	@$(ORCHESTRATION) migrate

new-data-set: $(STAMP) ## use: make a data set with editions of a folder with one file an edition: make new-data-set NAME=my_indicators [DATA=…]
	@$(ORCHESTRATION) new-data-set

new-paper: $(STAMP) ## use: make the folder of a paper, with one table that runs: make new-paper NAME=author_2026 [DATA=…]
	@$(ORCHESTRATION) new-paper

new-source: $(STAMP) ## yearly: the skeleton of a source of your own: make new-source NAME=my_bureau
	@$(ORCHESTRATION) new-source

package: $(STAMP) ## use: write the replication package of a paper, or the data release of the panel, one archive: make package PAPER=author_2026 [WAREHOUSE=…]
	@$(ORCHESTRATION) package

receipt: $(STAMP) ## yearly: write the receipt of a file dropped in landing: make receipt FILE=data/landing/<source>/<edition>/<file>
	@$(ORCHESTRATION) receipt

remove-paper: $(STAMP) ## use: remove a paper with its tables and releases, as a deliberate deletion: make remove-paper NAME=author_2026 [FORCE=…]
	@$(ORCHESTRATION) remove-paper

report: $(STAMP) ## use: the pages: printed tables compared with ours, audit, figures
	@$(ORCHESTRATION) report

restore: $(STAMP) ## yearly: put a backup into an empty data root: make restore FILE=/mnt/backups/living-panel.tar.gz
	@$(ORCHESTRATION) restore

rollback: $(STAMP) ## yearly: point the published warehouse at the file before
	@$(ORCHESTRATION) rollback

site: $(STAMP) ## use: the pages and every file that they link to, as a folder for any web server or none: make site DIR=public [PORT=…]
	@$(ORCHESTRATION) site

snapshots: $(STAMP) ## use: the states in the lake: number, time, author, release
	@$(ORCHESTRATION) snapshots

sql: $(STAMP) ## use: a read-only DuckDB shell on the published warehouse [FILE=…] [EXTERNAL=…]
	@$(ORCHESTRATION) sql

status: $(STAMP) ## use: the published state, waiting files, failures
	@$(ORCHESTRATION) status

teach: $(STAMP) ## yearly: draft a layout from a workbook, page, PDF or CSV with a printed table: make teach FILE=yearbook.xlsx
	@$(ORCHESTRATION) teach

tidy: $(STAMP) ## yearly: list what nothing rests on: old releases, tables and runs; remove it with FORCE=yes [FORCE=…]
	@$(ORCHESTRATION) tidy

try: $(STAMP) ## use: estimate one spec on the current release; nothing is stored: make try SPEC=my_table
	@$(ORCHESTRATION) try

validators: $(STAMP) ## use: install the validators of a package's metadata, for check-package
	@$(ORCHESTRATION) validators

verify: $(STAMP) ## yearly: check every file; estimate the published tables again and compare (30 s; FILES=yes 10 s, ALL=yes minutes) [HEAD=…] [FILES=…] [ALL=…]
	@$(ORCHESTRATION) verify

withdraw: $(STAMP) ## yearly: withdraw a wrong file, or record a deliberate deletion: make withdraw KIND=file NAME="<source>/<edition>/<vintage>/<file>, or as verify names it" [REASON=…]
	@$(ORCHESTRATION) withdraw
