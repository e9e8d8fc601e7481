-- From one coefficient to each cell of its sample, with the file, location and sha256 that print it, and its copy
-- The part of `model` before the point names the sample: `headline.7` has the cells of `headline`.
-- `row 665` is line 665 of data/archive/<source>/<edition>/<vintage>/<file>, whose header is line 1.
-- `sha256sum` of that file gives sha256 (query 25). Query 24 gives it for a row of corrections.csv.
-- `compiled_from` is the page, file or repository from which a person copied the value into that file. It is empty
-- where the file is the authority's own. receipt.yml next to the file says who compiled it, when, and how.
select
    coefficients.table_id,
    coefficients.model,
    coefficients.term,
    coefficients.estimate,
    cells.variable,
    cells.measure,
    cells.unit_code,
    cells.year_measured,
    observations.value,
    observations.value_printed,
    observations.source,
    observations.edition,
    observations.vintage,
    observations.file,
    observations.location,
    observations.sha256,
    prints.compiled_from
from results.current_coefficients as coefficients
inner join results.sample_cells as cells
    on
        coefficients.table_id = cells.table_id
        and coefficients.artifact_id = cells.artifact_id
        and split_part(coefficients.model, '.', 1) = cells.model
inner join marts.observations as observations
    on
        cells.measure = observations.measure
        and cells.unit_code = observations.province_code
        and cells.year_measured = observations.year
left join marts.prints as prints
    on
        observations.source = prints.source
        and observations.edition = prints.edition
        and observations.vintage = prints.vintage
        and observations.sha256 = prints.sha256
        and observations.location = prints.location
        and observations.indicator_label = prints.indicator_label
where
    coefficients.table_id = 't04_baseline'
    and coefficients.model = 'headline.7'
    and coefficients.term = 'fdi'
    and coefficients.inference = 'clustered:reghdfe:t(G-1)'
    and cells.state = 'used'
order by cells.variable, cells.unit_code, cells.year_measured;
