-- From one coefficient to every file behind its cells
-- Follow any row to data/archive/<source>/<edition>/<vintage>/<file>; sha256sum gives the same sum.
-- Query 23 lists the cells themselves; query 24 gives the sum of a row of corrections.csv; query 25 checks all sums.
-- A file `dbt_project/seeds/corrections.csv#<province>-<year>` is one row of that seed: a value that a person added.
select
    coefficients.table_id,
    coefficients.model,
    coefficients.term,
    coefficients.inference,
    coefficients.estimate,
    coefficients.artifact_id,
    lineage.source,
    lineage.edition,
    lineage.vintage,
    lineage.file,
    lineage.sha256,
    lineage.cells
from results.current_coefficients as coefficients
inner join results.coefficient_lineage as lineage using (table_id, artifact_id, model, term)
where
    coefficients.table_id = 't04_baseline'
    and coefficients.model = 'headline.7'
    and coefficients.term = 'fdi'
    and coefficients.inference = 'clustered:reghdfe:t(G-1)'
order by lineage.source, lineage.edition, lineage.file;
