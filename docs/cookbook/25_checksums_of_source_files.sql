-- The archived files behind one coefficient, as lines that `sha256sum -c` checks: checksum, two blanks, path
-- Call `sha256sum -c` in the folder that holds `data/`. docs/cookbook.md has the two commands.
-- A value that a row of corrections.csv adds is no file of the archive: query 24 gives its checksum.
select distinct
    concat_ws(
        '  ', lineage.sha256,
        concat_ws('/', 'data/archive', lineage.source, lineage.edition, lineage.vintage, lineage.file)
    ) as line
from results.current_coefficients as coefficients
inner join results.coefficient_lineage as lineage using (table_id, artifact_id, model, term)
where
    coefficients.table_id = 't04_baseline'
    and coefficients.model = 'headline.7'
    and coefficients.term = 'fdi'
    and not starts_with(lineage.file, 'dbt_project/')
order by line;
