# Written by `make docs` from orchestration/commands/entries/: do not edit.
.PHONY: accept add-edition audit backup check-manuscript check-package checksums clean completion demo dev diff docs editions export fetch findings init lake-sql migrate new-data-set new-paper new-source package receipt remove-paper report restore rollback run site snapshots sql status teach tidy try validators verify withdraw

run: $(STAMP) ## use: run all stages, from landing to the published warehouse [AS_OF=…] [FIRST=…] [LAST=…] [PAPER=…]
	@$(ORCHESTRATION) run

accept: $(STAMP) ## yearly: make the current results the baseline of later comparisons: make accept NAME="yearbook 2026"
	@$(ORCHESTRATION) accept

add-edition: $(STAMP) ## yearly: add an edition to a data set, or to the catalog of a source: make add-edition SET=penn_world_table EDITION=11.0 [FILE=…] [RELEASED=…] [TITLE=…] [LICENCE=…] [CITATION=…]
	@$(ORCHESTRATION) add-edition

audit: $(STAMP) ## use: check one printed table: whether its numbers can be true together: make audit FILE=table.csv [DECLARE=…] [JSON=…]
	@$(ORCHESTRATION) audit

backup: $(STAMP) ## yearly: write one file with all data that cannot be rebuilt: make backup FILE=/mnt/backups/living-panel.tar.gz
	@$(ORCHESTRATION) backup

check-manuscript: $(STAMP) ## use: compare every number of README and manuscripts with its stored value [FILE=…] [OUT=…]
	@$(ORCHESTRATION) check-manuscript

check-package: $(STAMP) ## use: unpack a package in another folder, estimate its tables with this code, compare every number: make check-package FILE=data/packages/author_2026.zip [RUN=…] [PYTHON=…]
	@$(ORCHESTRATION) check-package

checksums: $(STAMP) ## use: write a paper's CHECKSUMS again, after you have proof-read its files: make checksums PAPER=author_2026
	@$(ORCHESTRATION) checksums

clean: $(STAMP) ## develop: remove files that can be rebuilt; never landing, archive, releases, artifacts
	@$(ORCHESTRATION) clean

completion: $(STAMP) ## use: print the script that lets a shell complete commands: bash, zsh or fish: make completion SHELL=bash
	@$(ORCHESTRATION) completion

demo: $(STAMP) ## use: make a second data root with two simulated releases of known elasticities
	@$(ORCHESTRATION) demo

dev: $(STAMP) ## use: start the Dagster UI, on this machine only [PORT=…]
	@$(ORCHESTRATION) dev

diff: $(STAMP) ## yearly: compare two sets of results, with the causes of each change [FROM=…] [TO=…]
	@$(ORCHESTRATION) diff

docs: $(STAMP) ## develop: write dbt's page of every model, and the generated pages of docs/ again
	@$(ORCHESTRATION) docs

editions: $(STAMP) ## use: estimate the chosen tables on each edition of their data set in full, and publish the estimates by edition
	@$(ORCHESTRATION) editions

export: $(STAMP) ## use: write a published table to a file, with chosen variables, digits and style: make export TABLE=my_table FILE=my_table.tex [STYLE=…] [KEEP=…] [DROP=…] [DIGITS=…] [BLOCK=…]
	@$(ORCHESTRATION) export

fetch: $(STAMP) ## yearly: download one edition from its authority (needs a network): make fetch SOURCE=statistical_yearbook EDITION=2026 [DRY_RUN=…]
	@$(ORCHESTRATION) fetch

findings: $(STAMP) ## use: list the findings: what is printed, our number, its state, how far it depends on choices [PAPER=…]
	@$(ORCHESTRATION) findings

init: $(STAMP) ## use: make a workspace for your own papers, without the bundled warehouse: make init NAME=my-study
	@$(ORCHESTRATION) init

lake-sql: $(STAMP) ## use: print the SQL that attaches the lake for reading in a DuckDB shell
	@$(ORCHESTRATION) lake-sql

migrate: $(STAMP) ## use: convert a paper from a former format to the present one: make migrate PAPER=author_2026
	@$(ORCHESTRATION) migrate

new-data-set: $(STAMP) ## use: make a data set with editions from a folder with one file for each edition: make new-data-set NAME=my_indicators [DATA=…]
	@$(ORCHESTRATION) new-data-set

new-paper: $(STAMP) ## use: make the folder of a paper, with one table that runs: make new-paper NAME=author_2026 [DATA=…]
	@$(ORCHESTRATION) new-paper

new-source: $(STAMP) ## yearly: write the first files of a new source: make new-source NAME=my_bureau
	@$(ORCHESTRATION) new-source

package: $(STAMP) ## use: write the replication package of a paper, or the data release of the panel, as one archive: make package PAPER=author_2026 [WAREHOUSE=…]
	@$(ORCHESTRATION) package

receipt: $(STAMP) ## yearly: write the receipt of a file in landing, or of all files of a folder: make receipt FILE=data/landing/<source>/<edition>/<file>
	@$(ORCHESTRATION) receipt

remove-paper: $(STAMP) ## use: remove a paper with its tables and releases, and record the deletion: make remove-paper NAME=author_2026 [FORCE=…]
	@$(ORCHESTRATION) remove-paper

report: $(STAMP) ## use: make the report: printed tables compared with ours, audit, figures
	@$(ORCHESTRATION) report

restore: $(STAMP) ## yearly: put a backup into an empty data root: make restore FILE=/mnt/backups/living-panel.tar.gz
	@$(ORCHESTRATION) restore

rollback: $(STAMP) ## yearly: return to the file that was published before
	@$(ORCHESTRATION) rollback

site: $(STAMP) ## use: write the report and every linked file into a folder, to open or to put on a web server: make site DIR=public [PORT=…]
	@$(ORCHESTRATION) site

snapshots: $(STAMP) ## use: list the publications in the lake: number, time, author, release
	@$(ORCHESTRATION) snapshots

sql: $(STAMP) ## use: open a read-only DuckDB shell on the published warehouse [FILE=…] [QUERY=…] [EXTERNAL=…]
	@$(ORCHESTRATION) sql

status: $(STAMP) ## use: show the published results, waiting files and failures
	@$(ORCHESTRATION) status

teach: $(STAMP) ## yearly: write a draft layout for a printed table in a workbook, web page, PDF or CSV file: make teach FILE=yearbook.xlsx
	@$(ORCHESTRATION) teach

tidy: $(STAMP) ## yearly: list old releases, tables and runs that nothing uses; FORCE=yes removes them [FORCE=…]
	@$(ORCHESTRATION) tidy

try: $(STAMP) ## use: estimate one spec on the current release; nothing is stored: make try SPEC=my_table
	@$(ORCHESTRATION) try

validators: $(STAMP) ## use: install the validators of a package's metadata, for check-package
	@$(ORCHESTRATION) validators

verify: $(STAMP) ## yearly: check every file; estimate the published tables again and compare (30 s; FILES=yes 10 s, ALL=yes minutes) [HEAD=…] [FILES=…] [ALL=…]
	@$(ORCHESTRATION) verify

withdraw: $(STAMP) ## yearly: withdraw a wrong file, or record a deliberate deletion: make withdraw KIND=file NAME="<source>/<edition>/<vintage>/<file>, or as verify names it" [REASON=…]
	@$(ORCHESTRATION) withdraw
